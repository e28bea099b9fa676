# METADATA
# title: The instance metadata service demands session tokens
# description: |
#   Version 1 of the metadata service answers any GET request from the machine. A web
#   application that can be made to fetch a URL then hands out the credentials of the
#   instance's role. Version 2 demands a token that such a request cannot have.
# related_resources:
#   - description: Configure the instance metadata service options
#     ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
# custom:
#   id: AWS0023
#   severity: medium
#   remediation: |
#     Set http_tokens = "required" in a metadata_options block of the instance or of its
#     launch template, or for the region with aws_ec2_instance_metadata_defaults.
#   fix: {set: want}
#   references:
#     cis-aws-v3.0.0: ["5.6"]
package policies.terraform.aws.imds_v2

import future.keywords.not

# An instance that leaves the choice to its launch template is judged where that stands.
subject contains ["aws_instance", a] if {
	some a, instance in input.aws_instance
	not leaves_it(instance)
}

subject contains ["aws_launch_template", a] if some a, _ in input.aws_launch_template

subject contains ["aws_launch_configuration", a] if some a, _ in input.aws_launch_configuration

fail contains {"path": ["aws_instance", a, "metadata_options", 0, "http_tokens"], "want": "required"} if {
	some a, instance in input.aws_instance
	not guarded(instance)
	not region_demands
	not a in image_demands
}

fail contains {"path": ["aws_instance", a, "metadata_options", 0, "http_tokens"], "want": "required"} if {
	some a, instance in input.aws_instance
	instance.metadata_options[0].http_tokens == "optional"
	not guarded(instance)
}

fail contains {"path": ["aws_launch_template", a, "metadata_options", 0, "http_tokens"], "want": "required"} if {
	some a, template in input.aws_launch_template
	not guarded(template)
	not region_demands
	not a in image_demands
}

fail contains {"path": ["aws_launch_template", a, "metadata_options", 0, "http_tokens"], "want": "required"} if {
	some a, template in input.aws_launch_template
	template.metadata_options[0].http_tokens == "optional"
	not guarded(template)
}

fail contains {"path": ["aws_launch_configuration", a, "metadata_options", 0, "http_tokens"], "want": "required"} if {
	some a, configuration in input.aws_launch_configuration
	not guarded(configuration)
}

guarded(r) if r.metadata_options[0].http_tokens == "required"

guarded(r) if r.metadata_options[0].http_endpoint == "disabled"

leaves_it(instance) if {
	some _ in instance.launch_template
	not instance.metadata_options
}

region_demands if {
	some defaults in input.aws_ec2_instance_metadata_defaults
	defaults.http_tokens == "required"
}

# image_demands are instances and templates of Amazon Linux 2023, whose images demand
# tokens unless somebody says "optional".
image_demands contains a if {
	some a, _ in input.aws_instance
	some d in input.references.aws_instance[a].ami
	d in amazon_linux_2023
}

image_demands contains a if {
	some a, _ in input.aws_launch_template
	some d in input.references.aws_launch_template[a].image_id
	d in amazon_linux_2023
}

amazon_linux_2023 contains d if {
	some d, image in input.data.aws_ami
	"amazon" in image.owners
	some filter in image.filter
	filter.name == "name"
	some pattern in filter.values
	startswith(pattern, "al2023-ami-")
}

amazon_linux_2023 contains d if {
	some d, parameter in input.data.aws_ssm_parameter
	startswith(parameter.name, "/aws/service/ami-amazon-linux-latest/al2023-ami-")
}
