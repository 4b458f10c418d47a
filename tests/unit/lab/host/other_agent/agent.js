// The smallest agent that the lab can run in place of its own: it pings, takes messages and runs aws:runShellScript.
"use strict";

const { spawnSync } = require("child_process");
const fs = require("fs");

const [instanceId, region, stateFolder] = process.argv.slice(2);
const endpoint = process.env.AWS_ENDPOINT_URL;
const targets = { ssm: "AmazonSSM.", ec2messages: "EC2WindowsMessageDeliveryService." };

async function call(service, action, body) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": targets[service] + action,
      "Authorization": `AWS4-HMAC-SHA256 Credential=NODE/20260101/${region}/${service}/aws4_request`,
    },
    body: JSON.stringify(body),
  });
  return response.json().catch(() => ({}));
}

async function ping() {
  const information = { AgentName: "other-agent", AgentVersion: "1.0.0.0", AgentStatus: "Active", PlatformType: "Linux" };
  await call("ssm", "UpdateInstanceInformation", { InstanceId: instanceId, ...information });
}

function runStep(step, parameters) {
  const lines = step.inputs.runCommand === "{{ commands }}" ? parameters.commands : step.inputs.runCommand;
  const done = spawnSync("sh", ["-c", lines.join("\n")], { encoding: "utf8" });
  const now = new Date().toISOString();
  return {
    status: done.status === 0 ? "Success" : "Failed",
    code: done.status,
    name: step.action,
    output: done.stdout,
    standardOutput: done.stdout,
    standardError: done.stderr,
    startDateTime: now,
    endDateTime: now,
  };
}

async function handle(message) {
  const payload = JSON.parse(message.Payload);
  const reply = (documentStatus, runtimeStatus) =>
    call("ec2messages", "SendReply", {
      MessageId: message.MessageId,
      ReplyId: payload.CommandId,
      Payload: JSON.stringify({ documentStatus, runtimeStatus, documentTraceOutput: "" }),
    });
  await call("ec2messages", "AcknowledgeMessage", { MessageId: message.MessageId });
  const [step] = payload.DocumentContent.mainSteps;
  const result = runStep(step, payload.Parameters);
  await reply(result.status, { [step.name]: result });
}

async function main() {
  fs.appendFileSync(`${stateFolder}/starts`, `${process.env.LAB_INSTANCE_ID} ${process.env.AWS_REGION}\n`);
  await ping();
  for (;;) {
    const poll = { Destination: instanceId, MessagesRequestId: `${Date.now()}`, VisibilityTimeoutInSeconds: 10 };
    const answer = await call("ec2messages", "GetMessages", poll);
    for (const message of answer.Messages || []) {
      await handle(message);
    }
  }
}

main();
