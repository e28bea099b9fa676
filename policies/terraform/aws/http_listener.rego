# METADATA
# title: Public load balancers redirect HTTP to HTTPS
# description: |
#   What a public load balancer serves over HTTP can be read and changed by anyone on the
#   way: session cookies, passwords, pages.
# related_resources:
#   - description: Listeners for your Application Load Balancers
#     ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
# custom:
#   id: AWS0028
#   severity: medium
#   remediation: |
#     Make the listener's default_action a redirect with protocol "HTTPS" and port "443",
#     and forward from an HTTPS listener.
#   fix: {set: {protocol: HTTPS, port: "443"}}
#   references:
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.aws.http_listener

import future.keywords.not

subject contains ["aws_lb_listener", a] if {
	some a, listener in input.aws_lb_listener
	listener.protocol == "HTTP"
	some lb in input.references.aws_lb_listener[a].load_balancer_arn
	lb in public
}

subject contains ["aws_alb_listener", a] if {
	some a, listener in input.aws_alb_listener
	listener.protocol == "HTTP"
	some lb in input.references.aws_alb_listener[a].load_balancer_arn
	lb in public
}

fail contains {"path": ["aws_lb_listener", a, "default_action", i, "redirect", j, "protocol"], "want": "HTTPS"} if {
	some a, listener in input.aws_lb_listener
	some i, action in listener.default_action
	some j, redirect in action.redirect
	redirect.protocol == "HTTP"
}

fail contains {"path": ["aws_lb_listener", a, "default_action", i, "type"], "want": "redirect"} if {
	some a, listener in input.aws_lb_listener
	some i, action in listener.default_action
	action.type == "forward"
}

fail contains {"path": ["aws_alb_listener", a, "default_action", i, "redirect", j, "protocol"], "want": "HTTPS"} if {
	some a, listener in input.aws_alb_listener
	some i, action in listener.default_action
	some j, redirect in action.redirect
	redirect.protocol == "HTTP"
}

fail contains {"path": ["aws_alb_listener", a, "default_action", i, "type"], "want": "redirect"} if {
	some a, listener in input.aws_alb_listener
	some i, action in listener.default_action
	action.type == "forward"
}

public contains lb if {
	some lb, balancer in input.aws_lb
	not balancer.internal == true
}

public contains lb if {
	some lb, balancer in input.aws_alb
	not balancer.internal == true
}
