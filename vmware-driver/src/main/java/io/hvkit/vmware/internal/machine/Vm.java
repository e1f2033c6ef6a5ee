package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A machine as the vCenter described it when it was asked. */
final class Vm {

    static final String[] PATHS = {
        "name",
        "parent",
        "runtime.host",
        "runtime.powerState",
        Connection.PATH,
        "config.template",
        "config.changeVersion",
        "config.hardware",
        "config.extraConfig",
        "snapshot",
        "runtime.consolidationNeeded"
    };

    private static final String CONTROLLER = "ParaVirtualSCSIController";

    private final Properties.Found found;
    private final Notes notes;
    private final List<Node> devices;

    private Vm(Properties.Found found) {
        this.found = found;
        Map<String, String> values = new HashMap<>();
        found.value("config.extraConfig").stream()
                .flatMap(all -> all.children().stream())
                .forEach(option -> values.put(option.text("key"), option.text("value")));
        this.notes = new Notes(values);
        this.devices = found.value("config.hardware").stream()
                .flatMap(hardware -> hardware.all("device"))
                .toList();
    }

    /** What a snapshot says of the machine as it was. */
    static final String[] AT_SNAPSHOT = {"config.hardware", "config.extraConfig"};

    /** Returns this machine with the devices and notes that it had at a snapshot. */
    Vm at(Properties.Found snapshot) {
        Map<String, Node> values = new HashMap<>(found.values());
        values.putAll(snapshot.values());
        return new Vm(new Properties.Found(found.ref(), Map.copyOf(values)));
    }

    static Vm of(Properties.Found found) {
        return new Vm(found);
    }

    Ref ref() {
        return found.ref();
    }

    String name() {
        return VmName.plain(found.text("name"));
    }

    MachineId id() {
        return new MachineId(name());
    }

    Optional<Ref> host() {
        return found.value("runtime.host").map(Node::ref);
    }

    Optional<Ref> folder() {
        return found.value("parent").map(Node::ref);
    }

    boolean isTemplate() {
        return found.text("config.template").equals("true");
    }

    String changeVersion() {
        return found.text("config.changeVersion");
    }

    MachineState state() {
        return switch (found.text("runtime.powerState")) {
            case "poweredOn" -> MachineState.RUNNING;
            case "suspended" -> MachineState.PAUSED;
            default -> MachineState.STOPPED;
        };
    }

    boolean isOff() {
        return state() == MachineState.STOPPED;
    }

    /** Returns whether the vCenter says what it is, and not little more than its name. */
    boolean isTold() {
        return found.value("config.hardware").isPresent();
    }

    /** Returns whether the vCenter does not reach its files; one of which nothing is told, and that is not so, is just being made. */
    boolean isOutOfReach() {
        return Connection.isLost(found);
    }

    /** Returns whether this driver made it. */
    boolean isOurs() {
        return notes.persistence().isPresent();
    }

    /** Returns whether it is what is left of a transient machine: to callers there is no such machine any more. */
    boolean isRemains() {
        return isOff()
                && notes.persistence()
                        .filter(kind -> kind == Persistence.TRANSIENT)
                        .isPresent();
    }

    /** Returns the snapshots that it has, whoever took them. */
    SnapshotTree snapshots() {
        return SnapshotTree.of(found.value("snapshot"));
    }

    /** Returns whether what it has is more than what is in the files of its disks alone. */
    boolean isLayered() {
        return !snapshots().all().isEmpty() || hasLooseLayers();
    }

    /** Returns whether there are layers that no snapshot needs. */
    boolean hasLooseLayers() {
        return found.text("runtime.consolidationNeeded").equals("true")
                || (snapshots().all().isEmpty() && disks().stream().anyMatch(VmDisk::isLayered));
    }

    /** Returns what this driver noted on it. */
    Notes notes() {
        return notes;
    }

    /** Returns whether an equal request made it. */
    boolean matches(MachineSpec spec, Networks networks) throws InterruptedException {
        return matches(spec) && cardsMatch(spec, networks);
    }

    /** The host's networks are asked for only if there are cards to be compared. */
    private boolean cardsMatch(MachineSpec spec, Networks networks) throws InterruptedException {
        List<VmCard> cards = cards();
        if (cards.isEmpty() || cards.size() != spec.nics().size()) {
            return cards.size() == spec.nics().size();
        }
        List<Networks.Network> known = networks.all();
        for (int i = 0; i < cards.size(); i++) {
            if (!cards.get(i).is(spec.nics().get(i), known)) {
                return false;
            }
        }
        return true;
    }

    private boolean matches(MachineSpec spec) {
        List<VmDisk> disks = disks();
        if (!notes.persistence().equals(Optional.of(spec.persistence()))
                || !notes.tags().equals(spec.tags())
                || number("numCPU") != spec.cpus()
                || number("memoryMB") * 1024L * 1024 != spec.memory().bytes()
                || disks.size() != spec.disks().size()) {
            return false;
        }
        for (int i = 0; i < disks.size(); i++) {
            if (!disks.get(i).is(spec.disks().get(i))) {
                return false;
            }
        }
        return true;
    }

    private int number(String what) {
        return VmDisk.number(found.value("config.hardware")
                .map(hardware -> hardware.text(what))
                .orElse(""));
    }

    /** Returns the network cards, in the order in which they came. */
    List<VmCard> cards() {
        return devices.stream()
                .flatMap(device -> VmCard.of(device).stream())
                .sorted((one, other) -> Integer.compare(one.key(), other.key()))
                .toList();
    }

    /** Returns what gives cards of a copy addresses of their own. */
    List<Data> readdressed() {
        return devices.stream()
                .flatMap(device -> VmCard.readdressed(device).stream())
                .toList();
    }

    Optional<VmCard> card(MacAddress address) {
        return cards().stream().filter(card -> card.has(address)).findFirst();
    }

    /** Returns the disks that have files, by unit. */
    List<VmDisk> disks() {
        return devices.stream()
                .flatMap(device -> VmDisk.of(device, controller(), notes).stream())
                .sorted((one, other) -> Integer.compare(one.unit(), other.unit()))
                .toList();
    }

    Optional<VmDisk> disk(VolumeId volume) {
        return disks().stream()
                .filter(disk -> disk.volume().filter(volume::equals).isPresent())
                .findFirst();
    }

    /** Returns what is in the way of a disk: one with the same volume or in the same place. */
    Optional<VmDisk> rival(Disk disk) {
        DiskFile place = DiskFile.of(disk.attachment());
        return disks().stream()
                .filter(each -> each.isAt(place)
                        || each.volume().filter(disk.volume()::equals).isPresent())
                .findFirst();
    }

    /** Returns the key of the controller that this driver's disks are at. */
    Optional<Integer> controller() {
        return devices.stream()
                .filter(device -> device.type().equals(CONTROLLER))
                .map(device -> VmDisk.number(device.text("key")))
                .findFirst();
    }

    /** Returns a unit of that controller that no device has. */
    Optional<Integer> freeUnit() {
        List<Integer> taken = devices.stream()
                .filter(device -> controller()
                        .filter(key -> key == VmDisk.number(device.text("controllerKey")))
                        .isPresent())
                .map(device -> VmDisk.number(device.text("unitNumber")))
                .toList();
        return VmSpecs.UNITS.stream().filter(unit -> !taken.contains(unit)).findFirst();
    }

    Machine asMachine() {
        return asMachine(state());
    }

    Machine asMachine(MachineState state) {
        List<VmDisk> disks = disks();
        Map<VolumeId, DiskUuid> uuids = new HashMap<>();
        for (VmDisk disk : disks) {
            disk.volume().ifPresent(volume -> disk.uuid().ifPresent(uuid -> uuids.put(volume, uuid)));
        }
        return Machine.of(id(), name(), state)
                .with(disks.stream()
                        .flatMap(disk -> disk.asMachineDisk().stream())
                        .toList())
                .carrying(uuids);
    }
}
