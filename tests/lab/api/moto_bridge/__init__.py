"""What moto does for the lab: services, S3 buckets, Parameter Store."""
