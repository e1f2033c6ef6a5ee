package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A request to move a running machine to another host. Disks that are not named stay where they are, and both hosts must see
 * them at the same place. Equal requests are the same request; keys are lent for the call and not compared.
 */
@Incubating(since = "0.1")
public final class MachineMove {

    /** What to do with a guest that writes to its memory faster than that can be copied. */
    public enum BusyGuest {
        /** The move takes as long as it takes, perhaps for ever; it can be cancelled. */
        WAIT_FOR,
        /** The guest is slowed down, more and more, until the copy keeps up. */
        SLOW_DOWN,
        /**
         * Once all of its memory was copied a first time the guest goes on on the target, and what it has written to meanwhile
         * follows (post-copy). From then on the move cannot be cancelled, and neither host can run the machine without the other:
         * if one of them or the network fails before the rest is there, the machine is lost with whatever it had not written to
         * its disks, and the verdict is {@code Vanished}. Its disks are on the target's side then.
         */
        POST_COPY
    }

    /** Who says that both hosts see the disks that stay. */
    public enum SharedDisks {
        /** The hypervisor, by the kind of file system; it refuses what it does not know to be shared. */
        CHECKED,
        /** The caller. If it is not so, the guest's data is lost. */
        VOUCHED_FOR
    }

    /** How memory and disks travel. A guest's memory holds what it keeps secret, and disks travel decrypted. */
    public enum Wire {
        /** Encrypted, between hosts that prove to each other who they are; else the machine stays. */
        ENCRYPTED,
        /** As they are: the caller says that nobody else sees the network. */
        CLEAR
    }

    private record Fields(
            Hypervisor target,
            Map<VolumeId, Disk> disks,
            Set<VolumeId> unlocked,
            Optional<ByteSize> bandwidth,
            BusyGuest busyGuest,
            SharedDisks sharedDisks,
            Wire wire) {}

    private final Fields fields;
    private final Map<VolumeId, Secret> keys;

    private MachineMove(Fields fields, Map<VolumeId, Secret> keys) {
        this.fields = fields;
        this.keys = keys;
    }

    /**
     * Returns a request to move a machine without any disk, as fast as it goes, over an encrypted wire.
     *
     * @param target an open connection to the host, of the same driver; it must stay open until the verdict
     */
    public static MachineMove to(Hypervisor target) {
        Fields fields = new Fields(
                target, Map.of(), Set.of(), Optional.empty(), BusyGuest.WAIT_FOR, SharedDisks.CHECKED, Wire.ENCRYPTED);
        return new MachineMove(fields, Map.of());
    }

    /**
     * Returns this request with a disk that moves along.
     *
     * @param volume the machine's volume now
     * @param disk the volume on the target's side: it exists, has at least the size of the machine's, and nothing uses it. Its key
     *     is its own; its device is the machine's, whatever it says. Where it has more, it is as with {@link DiskMove#to}
     */
    public MachineMove moving(VolumeId volume, Disk disk) {
        Fields f = fields;
        return new MachineMove(
                new Fields(
                        f.target,
                        more(f.disks, volume, disk),
                        f.unlocked,
                        f.bandwidth,
                        f.busyGuest,
                        f.sharedDisks,
                        f.wire),
                keys);
    }

    /** Returns this request with the key of an encrypted disk that stays, for the target to open it with. */
    public MachineMove unlocking(VolumeId volume, Secret key) {
        Map<VolumeId, Secret> all = more(keys, volume, key);
        Fields f = fields;
        return new MachineMove(
                new Fields(
                        f.target, f.disks, Set.copyOf(all.keySet()), f.bandwidth, f.busyGuest, f.sharedDisks, f.wire),
                all);
    }

    /**
     * Returns this request with a limit on how much is copied in a second, of disks and of memory each.
     *
     * @throws IllegalArgumentException if it is zero
     */
    public MachineMove limitedTo(ByteSize perSecond) {
        if (perSecond.equals(ByteSize.ZERO)) {
            throw new IllegalArgumentException("a move at zero bytes a second never ends; leave the limit out");
        }
        Fields f = fields;
        return new MachineMove(
                new Fields(f.target, f.disks, f.unlocked, Optional.of(perSecond), f.busyGuest, f.sharedDisks, f.wire),
                keys);
    }

    /** Returns this request with another way to deal with a busy guest. */
    public MachineMove with(BusyGuest busyGuest) {
        Fields f = fields;
        return new MachineMove(
                new Fields(f.target, f.disks, f.unlocked, f.bandwidth, busyGuest, f.sharedDisks, f.wire), keys);
    }

    /** Returns this request with another witness that the disks that stay are shared. */
    public MachineMove with(SharedDisks sharedDisks) {
        Fields f = fields;
        return new MachineMove(
                new Fields(f.target, f.disks, f.unlocked, f.bandwidth, f.busyGuest, sharedDisks, f.wire), keys);
    }

    /** Returns this request with another wire. */
    public MachineMove over(Wire wire) {
        Fields f = fields;
        return new MachineMove(
                new Fields(f.target, f.disks, f.unlocked, f.bandwidth, f.busyGuest, f.sharedDisks, wire), keys);
    }

    /** Returns this request with the connection that {@code connection} guards. */
    MachineMove towards(Hypervisor connection) {
        Fields f = fields;
        return new MachineMove(
                new Fields(connection, f.disks, f.unlocked, f.bandwidth, f.busyGuest, f.sharedDisks, f.wire), keys);
    }

    /** Returns the connection to the target. */
    public Hypervisor target() {
        return fields.target;
    }

    /** Returns the disks that move along, by what they are now. */
    public Map<VolumeId, Disk> disks() {
        return fields.disks;
    }

    /** Returns the key of a disk that stays, if it was given. */
    public Optional<Secret> key(VolumeId volume) {
        return Optional.ofNullable(keys.get(volume));
    }

    /** Returns how much is copied in a second at most, if there is a limit. */
    public Optional<ByteSize> bandwidth() {
        return fields.bandwidth;
    }

    /** Returns what to do with a busy guest. */
    public BusyGuest busyGuest() {
        return fields.busyGuest;
    }

    /** Returns who says that both hosts see the disks that stay. */
    public SharedDisks sharedDisks() {
        return fields.sharedDisks;
    }

    /** Returns how memory and disks travel. */
    public Wire wire() {
        return fields.wire;
    }

    private static <V> Map<VolumeId, V> more(Map<VolumeId, V> some, VolumeId volume, V value) {
        Map<VolumeId, V> all = new LinkedHashMap<>(some);
        all.put(volume, value);
        return Map.copyOf(all);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MachineMove that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "MachineMove" + fields;
    }
}
