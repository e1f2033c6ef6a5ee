package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Where a machine is to be: on another host, on other storage, or both. Equal requests are the same request. */
@Incubating(since = "0.1")
public final class Relocation {

    private record Fields(Optional<Hypervisor> target, Optional<Path> store, Map<VolumeId, Path> disks) {}

    private final Fields fields;

    private Relocation(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request that leaves the machine on its host. */
    public static Relocation onItsHost() {
        return new Relocation(new Fields(Optional.empty(), Optional.empty(), Map.of()));
    }

    /**
     * Returns a request to move it to another host, which must see what stays.
     *
     * @param target an open connection to that host, of the same driver
     */
    public static Relocation to(Hypervisor target) {
        return new Relocation(new Fields(Optional.of(target), Optional.empty(), Map.of()));
    }

    /**
     * Returns this request with a place for the machine's own files and all disks that have no other one.
     *
     * @param store where hosts have that storage, such as {@code /vmfs/volumes/fast}
     */
    public Relocation storedAt(Path store) {
        return new Relocation(new Fields(fields.target, Optional.of(store), fields.disks));
    }

    /** Returns this request with a place for one disk. */
    public Relocation moving(VolumeId disk, Path store) {
        Map<VolumeId, Path> more = new LinkedHashMap<>(fields.disks);
        more.put(disk, store);
        return new Relocation(new Fields(fields.target, fields.store, Map.copyOf(more)));
    }

    /** Returns this request with the connection that {@code connection} guards. */
    Relocation towards(Hypervisor connection) {
        return new Relocation(new Fields(Optional.of(connection), fields.store, fields.disks));
    }

    /** Returns the connection to the other host, if it is not to stay on its own. */
    public Optional<Hypervisor> target() {
        return fields.target;
    }

    /** Returns the place for all that has no other one, if it is not to stay. */
    public Optional<Path> store() {
        return fields.store;
    }

    /** Returns the places of single disks. */
    public Map<VolumeId, Path> disks() {
        return fields.disks;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Relocation that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "Relocation" + fields;
    }
}
