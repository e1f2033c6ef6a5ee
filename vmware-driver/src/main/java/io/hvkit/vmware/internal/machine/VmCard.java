package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A network card as a machine has it now.
 *
 * @param model what the API calls it
 * @param network what its backing says of its network
 */
record VmCard(int key, String model, String network, String address) {

    private static final Map<NicModel, String> MODELS =
            Map.of(NicModel.VIRTIO, "VirtualVmxnet3", NicModel.E1000E, "VirtualE1000e");
    private static final List<String> ALL = List.of(
            "VirtualVmxnet3",
            "VirtualE1000e",
            "VirtualE1000",
            "VirtualPCNet32",
            "VirtualVmxnet",
            "VirtualVmxnet2",
            "VirtualSriovEthernetCard");

    /** Reads a device; nothing if it is no card. */
    static Optional<VmCard> of(Node device) {
        if (!ALL.contains(device.type())) {
            return Optional.empty();
        }
        String group = device.text("backing", "port", "portgroupKey");
        return Optional.of(new VmCard(
                VmDisk.number(device.text("key")),
                device.type(),
                group.isEmpty() ? device.text("backing", "deviceName") : group,
                device.text("macAddress").toLowerCase(Locale.ROOT)));
    }

    /** Returns whether it is what was asked for. */
    boolean is(Nic wanted, List<Networks.Network> networks) {
        return model.equals(MODELS.get(wanted.model()))
                && (wanted.address().isEmpty() || has(wanted.address().get()))
                && networks.stream()
                        .anyMatch(each ->
                                each.mark().equals(network) && each.name().equals(wanted.name()));
    }

    boolean has(MacAddress wanted) {
        return address.equals(wanted.value());
    }

    static void requirePossible(Nic nic) {
        if (nic.link() != Nic.Link.NETWORK) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "a host of vSphere has networks and no bridges; name the network instead of '%s'",
                            nic.name());
        }
    }

    /** Returns what gives a copy of a card an address of its own, where the vCenter would leave it its source's. */
    static Optional<Data> readdressed(Node device) {
        if (!MODELS.containsValue(device.type()) || !device.text("addressType").equals("manual")) {
            return Optional.empty();
        }
        Data card = Data.of(device.type())
                .with("key", VmDisk.number(device.text("key")))
                .with(
                        "deviceInfo",
                        Data.of("Description")
                                .with("label", device.text("deviceInfo", "label"))
                                .with("summary", device.text("deviceInfo", "summary")))
                .with("backing", backing(device))
                .with("addressType", "generated")
                .with("macAddress", "");
        return Optional.of(
                Data.of("VirtualDeviceConfigSpec").with("operation", "edit").with("device", card));
    }

    private static Data backing(Node device) {
        String group = device.text("backing", "port", "portgroupKey");
        if (group.isEmpty()) {
            return Data.of("VirtualEthernetCardNetworkBackingInfo")
                    .with("deviceName", device.text("backing", "deviceName"));
        }
        return Data.of("VirtualEthernetCardDistributedVirtualPortBackingInfo")
                .with(
                        "port",
                        Data.of("DistributedVirtualSwitchPortConnection")
                                .with("switchUuid", device.text("backing", "port", "switchUuid"))
                                .with("portgroupKey", group));
    }

    /** Returns a new card; without an address of the caller's the vCenter gives it one. */
    static Data device(Nic nic, int key, Data backing) {
        return Data.of(MODELS.getOrDefault(nic.model(), "VirtualVmxnet3"))
                .with("key", key)
                .with("backing", backing)
                .with(
                        "connectable",
                        Data.of("VirtualDeviceConnectInfo")
                                .with("startConnected", true)
                                .with("allowGuestControl", true)
                                .with("connected", true))
                .with("addressType", nic.address().isPresent() ? "manual" : "generated")
                .with("macAddress", nic.address().map(MacAddress::value));
    }
}
