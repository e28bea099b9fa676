# METADATA
# description: Functions that controls share.
package lib

import future.keywords.not

# world is true of an address range that holds every address.
world(cidr) if cidr in {"0.0.0.0/0", "::/0"}
