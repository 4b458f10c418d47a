# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

# The parts of the script that looks at a node. It is for sh (dash and bash), writes nothing, and everything slow in it
# has a limit. No part may contain two opening braces in a row: the SSM Agent substitutes them.

BEGIN = r"""
PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
finding() { printf 'finding=%s %s\n' "$1" "$(printf %s "$2" | tr '\n\t\r' '   ' | cut -c1-160)"; }
has() { command -v "$1" > /dev/null 2>&1; }
"""

# The hooks have the same environment, and the same limited().
APPLICATION = r"""
HOME=$(getent passwd "$app_user" | cut -d: -f6)
export HOME
ENVIRONMENT
limited() {
  limit=$1
  shift
  if [ "$(id -un)" = "$app_user" ]; then timeout -k 5 "$limit" "$@"
  else timeout -k 5 "$limit" runuser -u "$app_user" -- "$@"; fi
}
[ -n "$HOME" ] || finding user_missing "$app_user"
for tool in awk curl timeout; do has "$tool" || finding tool_missing "$tool"; done
[ "$(id -un)" = "$app_user" ] || has runuser || finding tool_missing runuser
"""

# A pm2 command starts a daemon where there is none, which is a write. So the daemon's process is looked for first.
PM2 = r"""
pm2_home=${PM2_HOME:-$HOME/.pm2}
ready=yes
for tool in node pm2; do has "$tool" || { finding tool_missing "$tool"; ready=no; }; done
pid=$(cat "$pm2_home/pm2.pid" 2> /dev/null)
if [ -z "$HOME" ] || [ "$ready" = no ]; then :
elif [ -z "$pid" ] || ! grep -qa 'God Daemon' "/proc/$pid/cmdline" 2> /dev/null; then
  finding application_missing "user $app_user runs no pm2 (home $pm2_home), so there is no application $application"
else
  known=$(limited 60 pm2 jlist 2> /dev/null | node -e '
    const lists = require("fs").readFileSync(0, "utf8").split("\n").flatMap((line) => {
      try { return [JSON.parse(line)].filter(Array.isArray); } catch { return []; }
    });
    if (lists.length) console.log(lists.pop().some((entry) => entry.name === process.argv[1]) ? "yes" : "no");
  ' -- "$application" 2> /dev/null)
  case $known in
    yes) ;;
    no) finding application_missing "there is no application $application in pm2 of user $app_user (home $pm2_home)" ;;
    *) finding application_unknown "pm2 of user $app_user (home $pm2_home) gave no list of processes" ;;
  esac
fi
"""

SYSTEMD = r"""
if has systemctl; then
  shown=$(timeout -k 5 60 systemctl show -p LoadState -- "$application" 2>&1)
  case $shown in
    *LoadState=loaded*) ;;
    *LoadState=*) finding application_missing "systemd has no unit $application that it can start ($shown)" ;;
    *) finding application_unknown "systemctl does not answer ($shown)" ;;
  esac
else
  finding tool_missing systemctl
fi
"""

FIREWALL = r"""
tools=iptables
if grep -qs '^[0-9a-f]* [0-9a-f]* [0-9a-f]* 00 ' /proc/net/if_inet6; then tools="iptables ip6tables"; fi
for tool in $tools; do
  if ! has "$tool"; then finding firewall_missing "$tool"
  elif ! said=$(timeout 20 "$tool" -w 10 -S INPUT 2>&1); then
    finding firewall_unusable "$tool does not show the chain INPUT ($said)"
  fi
done
"""

UPDATE = r"""
if [ ! -d "$app_path" ]; then finding path_missing "$app_path"
elif [ -n "$update_word" ] && ! (cd "$app_path" && command -v "$update_word" > /dev/null 2>&1); then
  finding update_tool_missing "$update_word"
fi
"""

# Without ss, from proc(5): state 0A is listening.
PORT = r"""
listening() {
  if said=$(ss -Hltn "sport = :$port" 2> /dev/null); then [ -n "$said" ]; return; fi
  [ -r /proc/net/tcp ] || return 0
  cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v port="$(printf '%04X' "$port")" '
    { split($2, here, ":") }
    $4 == "0A" && here[2] == port { found = 1 }
    END { exit !found }
  '
}
listening || finding port_closed "$port"
"""

SPACE = r"""
if [ -e "$path" ]; then
  free=$(timeout 10 df -Pk "$path" 2> /dev/null | awk 'NR == 2 { print int($4 / 1024) }')
  if [ -n "$free" ] && [ "$free" -lt "$need" ]; then
    finding space_low "$path has $free MiB free and needs $need MiB"
  fi
fi
"""

# Our own scan runs at the same time and takes the same locks. It comes from the same agent as this script, so that
# processes with an ancestor in common, other than the first process, are ours. unattended-upgrade-shutdown always runs
# on Ubuntu and waits for the shutdown.
# Amazon Linux 2023 gets updates from the release that /etc/dnf/vars/releasever or the package system-release names.
# https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html
END = r"""
parent_of() { sed 's/.*) [A-Za-z] \([0-9]*\) .*/\1/' "/proc/$1/stat" 2> /dev/null; }
ancestors_of() {
  one=$(parent_of "$1")
  while [ "${one:-0}" -gt 1 ]; do
    printf '%s ' "$one"
    one=$(parent_of "$one")
  done
}
ours=" $(ancestors_of self)"
is_ours() {
  for one in $(ancestors_of "$1"); do
    case $ours in *" $one "*) return 0 ;; esac
  done
  return 1
}
busy() {
  for file in /proc/[0-9]*/comm; do
    name=$(cat "$file" 2> /dev/null) || continue
    case $name in
      apt | apt-get | aptitude | dpkg | unattended-upgr) ;;
      dnf | dnf-3 | dnf5 | dnf-automatic | microdnf | yum | zypper) ;;
      *) continue ;;
    esac
    pid=${file%/comm}
    pid=${pid##*/}
    if grep -qa unattended-upgrade-shutdown "/proc/$pid/cmdline" 2> /dev/null || is_ours "$pid"; then continue; fi
    printf '%s (process %s)' "$name" "$pid"
    return 0
  done
  return 1
}
looks=10
while who=$(busy); do
  looks=$((looks - 1))
  if [ "$looks" -le 0 ]; then
    finding package_manager_busy "$who"
    break
  fi
  sleep 1
done
if [ -z "$who" ]; then
  set -- /var/lib/dpkg/updates/[0-9]*
  [ ! -e "$1" ] || finding packages_interrupted ""
fi
if grep -q '^ID="*amzn' /etc/os-release 2> /dev/null && grep -q '^VERSION_ID="*2023' /etc/os-release; then
  release=$(cat /etc/dnf/vars/releasever 2> /dev/null)
  [ -n "$release" ] || release=$(timeout 10 rpm -q --qf '%{VERSION}' system-release 2> /dev/null)
  if [ "$release" != latest ]; then
    newest=$(timeout 20 dnf check-release-update 2>&1 | grep -o 'Version 2023\.[0-9][0-9.]*[0-9]' | sort -V | tail -n 1)
    [ -z "$newest" ] || finding release_locked "$release ${newest#Version }"
  fi
fi
exit 0
"""
