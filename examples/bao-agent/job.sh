#!/bin/sh
# What is run with the token in its environment: Terraform finds it there by itself.
set -eu
terraform init -input=false
terraform plan -input=false
