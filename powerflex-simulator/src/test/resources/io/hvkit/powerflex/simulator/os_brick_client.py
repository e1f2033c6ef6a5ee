# OpenStack's own connector attaches a volume of the simulator, and lets it go. The kernel module is what is not there: its two
# calls are answered by the simulated host's drv_cfg, and devices are looked for in that host's folder.
import json
import subprocess
import sys
import tempfile

from oslo_concurrency import lockutils
from os_brick import privileged
from os_brick.initiator import connector
from os_brick.initiator.connectors import scaleio
from os_brick.privileged import scaleio as module

given = json.load(sys.stdin)
privileged.default.set_client_mode(False)  # what needs root is done here, not by a helper
module.get_guid = lambda code: subprocess.check_output([given["drv_cfg"], "--query_guid"], text=True).strip()
module.rescan_vols = lambda code: subprocess.check_call([given["drv_cfg"], "--rescan"])
scaleio.ScaleIOConnector.get_search_path = lambda self: given["devices"]

properties = {
    "hostIP": given["ip"],
    "serverIP": "localhost",
    "serverPort": given["port"],
    "serverUsername": given["user"],
    "serverPassword": given["password"],
    "serverToken": "a token that is not good any more",
    "scaleIO_volname": given["name"],  # without an id: it is looked for by its name, which is encoded twice
    "iopsLimit": "100",
    "bandwidthLimit": "2048",
    "verify_certificate": True,
    "certificate_path": given["certificate"],
}
with tempfile.TemporaryDirectory() as locks:
    lockutils.set_defaults(locks)
    sdc = connector.InitiatorConnector.factory("SCALEIO", None)
    found = {"path": sdc.connect_volume(properties)["path"]}
    if given["repeat"]:
        found["again"] = sdc.connect_volume(properties)["path"]
    found["size"] = sdc.extend_volume({**properties, "scaleIO_volume_id": given["id"]})
    print(json.dumps(found), flush=True)
    with open(given["release"]) as pipe:  # it is attached until somebody writes there
        pipe.read()
    sdc.disconnect_volume(properties, found)
    if given["repeat"]:
        sdc.disconnect_volume(properties, found)
