package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DiskUuid;
import io.hvkit.vmware.internal.machine.Connection;
import io.hvkit.vmware.internal.machine.Connection.Knowledge;
import io.hvkit.vmware.internal.machine.DatacenterMachines;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The disks that a machine has, whoever made it: each from what it writes to, down to what all of it lies over.
 *
 * @param ref where it is asked for changes
 * @param machine its name
 * @param knowledge whether the vCenter says what it has
 * @param chains those of its disks
 * @param kept the files that its snapshots need, whether or not it has the disks still
 */
record MachineDisks(Ref ref, String machine, Knowledge knowledge, List<List<Layer>> chains, Set<DiskFile> kept) {

    private static final String HARDWARE = "config.hardware";
    private static final String LAYOUT = "layoutEx";

    /** A small part of its configuration: what a vCenter does not say for a large one, it says for none. */
    private static final String MADE = "config.template";

    /** One file of a disk. */
    record Layer(DiskFile file, Optional<DiskUuid> uuid) {}

    /** Reads the machines that have files on a datastore. */
    static List<MachineDisks> on(VimClient client, Ref datastore) throws InterruptedException {
        try {
            return client
                    .properties()
                    .readAll(datastore, "vm", "VirtualMachine", "name", Connection.PATH, HARDWARE, LAYOUT)
                    .stream()
                    .map(MachineDisks::of)
                    .toList();
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private static MachineDisks of(Properties.Found found) {
        List<List<Layer>> chains = found.value(HARDWARE).stream()
                .flatMap(hardware -> hardware.all("device"))
                .filter(device -> device.type().equals("VirtualDisk"))
                .map(MachineDisks::chain)
                .filter(chain -> !chain.isEmpty())
                .toList();
        return new MachineDisks(
                found.ref(),
                found.text("name"),
                Connection.of(found, HARDWARE),
                chains,
                found.value(LAYOUT).map(MachineDisks::kept).orElse(Set.of()));
    }

    /**
     * Returns the names of the machines of a datacenter that are just being made, and of which not even the datastores are known. To be
     * asked before those that are on a datastore: then one that is made in between is seen there.
     */
    static List<String> beingMadeAnywhere(VimClient client, Ref datacenter) throws InterruptedException {
        return DatacenterMachines.read(client, datacenter, "name", Connection.PATH, DatacenterMachines.DATASTORES, MADE)
                .stream()
                .filter(found -> Connection.of(found, MADE) == Knowledge.BEING_MADE
                        && DatacenterMachines.datastores(found).isEmpty())
                .map(found -> found.text("name"))
                .toList();
    }

    private static List<Layer> chain(Node device) {
        List<Layer> chain = new ArrayList<>();
        Optional<Node> backing = device.at("backing");
        while (backing.isPresent()) {
            Node here = backing.get();
            DiskFile.spelt(here.text("fileName"))
                    .ifPresent(file -> chain.add(new Layer(file, DiskUuid.spelt(here.text("uuid")))));
            backing = here.at("parent");
        }
        return List.copyOf(chain);
    }

    private static Set<DiskFile> kept(Node layout) {
        Map<String, String> files = new HashMap<>();
        layout.all("file").forEach(file -> files.put(file.text("key"), file.text("name")));
        Set<DiskFile> kept = new HashSet<>();
        layout.all("snapshot")
                .flatMap(snapshot -> snapshot.all("disk"))
                .flatMap(disk -> disk.all("chain"))
                .flatMap(unit -> unit.all("fileKey"))
                .flatMap(key -> DiskFile.spelt(files.getOrDefault(key.text(), "")).stream())
                .forEach(kept::add);
        return Set.copyOf(kept);
    }

    /** Returns whether it needs a file in any way. */
    boolean needs(DiskFile file) {
        return kept.contains(file)
                || chains.stream()
                        .flatMap(List::stream)
                        .anyMatch(layer -> layer.file().equals(file));
    }

    /** Returns whether it writes to a file, and nothing of it lies over that. */
    boolean writesTo(DiskFile file) {
        return !kept.contains(file)
                && chains.stream().anyMatch(chain -> chain.get(0).file().equals(file))
                && !readsBelow(file);
    }

    /** Returns whether it reads a file below one that it writes to. */
    boolean readsBelow(DiskFile file) {
        return chains.stream()
                .flatMap(chain -> chain.stream().skip(1))
                .anyMatch(layer -> layer.file().equals(file));
    }

    /** Returns what the disks that carry a UUID lie over: a volume is that, and not what was written since a snapshot. */
    List<DiskFile> bases(DiskUuid uuid) {
        return chains.stream()
                .filter(chain -> chain.stream().anyMatch(layer -> layer.uuid().equals(Optional.of(uuid))))
                .map(chain -> chain.get(chain.size() - 1).file())
                .toList();
    }
}
