package io.hvkit.vmware.internal.machine;

import io.hvkit.core.SnapshotId;
import io.hvkit.hypervisor.spi.HostSnapshot;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Ref;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The snapshots of a machine. Their names need not be unique in a vCenter; those of this driver are, and its descriptions begin with a
 * word of its own. A description tells the disks of linked clones, too, since they depend on the snapshot even where no machine has them.
 */
final class SnapshotTree {

    private static final String OURS = "hvkit";
    private static final String LINKED = "linked ";

    private final List<Entry> entries;
    private final Optional<Ref> current;

    private SnapshotTree(List<Entry> entries, Optional<Ref> current) {
        this.entries = entries;
        this.current = current;
    }

    /**
     * A snapshot.
     *
     * @param above those that were taken from it on, at whatever distance
     */
    record Entry(
            Ref ref, String name, String description, Instant takenAt, Optional<SnapshotId> parent, List<Entry> above) {

        boolean isOurs() {
            return description.equals(OURS) || description.startsWith(OURS + "\n");
        }

        boolean is(SnapshotId id) {
            return isOurs() && name.equals(id.value());
        }

        HostSnapshot asSnapshot() {
            return new HostSnapshot(new SnapshotId(name), parent, takenAt);
        }

        /** Returns the disks of linked clones that lie over it, as far as it was told. */
        List<DiskFile> linked() {
            return description
                    .lines()
                    .filter(line -> line.startsWith(LINKED))
                    .flatMap(line -> DiskFile.spelt(line.substring(LINKED.length())).stream())
                    .toList();
        }

        /** Returns its description once it tells those, too. */
        String linkedTo(List<DiskFile> disks) {
            Stream<String> lines =
                    Stream.concat(linked().stream(), disks.stream()).distinct().map(disk -> LINKED + disk);
            return String.join("\n", Stream.concat(Stream.of(OURS), lines).toList());
        }
    }

    /** Returns the description of a new one. */
    static String description() {
        return OURS;
    }

    static SnapshotTree of(Optional<Node> info) {
        List<Entry> all = new ArrayList<>();
        info.stream()
                .flatMap(found -> found.all("rootSnapshotList"))
                .forEach(root -> all.addAll(read(root, Optional.empty())));
        return new SnapshotTree(
                all, info.flatMap(found -> found.at("currentSnapshot")).map(Node::ref));
    }

    /** Returns a snapshot and those above it, the lowest first. */
    private static List<Entry> read(Node node, Optional<SnapshotId> parent) {
        String name = VmName.plain(node.text("name"));
        String description = node.text("description");
        Entry bare = new Entry(
                node.at("snapshot").map(Node::ref).orElseThrow(),
                name,
                description,
                OffsetDateTime.parse(node.text("createTime")).toInstant(),
                parent,
                List.of());
        Optional<SnapshotId> below = bare.isOurs() ? Optional.of(new SnapshotId(name)) : parent;
        List<Entry> above = node.all("childSnapshotList")
                .flatMap(child -> read(child, below).stream())
                .toList();
        List<Entry> all = new ArrayList<>();
        all.add(new Entry(bare.ref, name, description, bare.takenAt, parent, above));
        all.addAll(above);
        return all;
    }

    /** Returns all of them, each after its parent. */
    List<Entry> all() {
        return entries;
    }

    /** Returns whether it is the one that the machine goes on from. */
    boolean isCurrent(Entry entry) {
        return current.filter(entry.ref()::equals).isPresent();
    }

    Optional<Entry> find(SnapshotId id) {
        return entries.stream().filter(entry -> entry.is(id)).findFirst();
    }
}
