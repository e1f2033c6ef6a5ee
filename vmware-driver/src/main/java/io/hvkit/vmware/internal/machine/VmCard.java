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
