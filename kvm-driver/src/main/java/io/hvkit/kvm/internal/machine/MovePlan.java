package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.kvm.internal.libvirt.DomainState;
import io.hvkit.kvm.internal.libvirt.Migration;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MoveNote;
import io.hvkit.kvm.internal.xml.MovedXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * A machine that is to move.
 *
 * @param name its name
 * @param id its id, the same on both hosts
 * @param state what it does
 * @param xml what it is
 * @param migratable its description as another host takes it
 * @param remembered what the host remembers of it, if it does
 * @param capacities how much the guest sees of its disks, by what libvirt calls them
 * @param bounds how many bytes on the target's side its disks may take up, where there are more
 */
record MovePlan(
        String name,
        UUID id,
        DomainState state,
        MachineXml xml,
        String migratable,
        Optional<String> remembered,
        Map<String, ByteSize> capacities,
        Map<VolumeId, ByteSize> bounds) {

    private static final long MEBIBYTE = 1L << 20;

    /** Returns this with disks that may not take up all there is on the target's side. */
    MovePlan within(Map<VolumeId, ByteSize> fewer) {
        return new MovePlan(name, id, state, xml, migratable, remembered, capacities, fewer);
    }

    /** Returns it as libvirt is told. */
    Migration migration(MachineMove move, MoveNote note, Optional<String> uri) {
        return new Migration(
                moved(migratable, move, bounds, note),
                remembered.map(description -> moved(description, move, Map.of(), note)),
                uri,
                copied(move),
                move.bandwidth()
                        .map(limit -> OptionalLong.of(Math.max(1, limit.bytes() / MEBIBYTE)))
                        .orElse(OptionalLong.empty()),
                choices(move, note));
    }

    /** Returns how much there is to copy, if the guest writes nothing meanwhile. */
    ByteSize size(MachineMove move) {
        long bytes = xml.memory().bytes();
        for (String disk : copied(move)) {
            bytes += Optional.ofNullable(capacities.get(disk))
                    .orElse(ByteSize.ZERO)
                    .bytes();
        }
        return ByteSize.bytes(bytes);
    }

    private static String moved(String description, MachineMove move, Map<VolumeId, ByteSize> bounds, MoveNote note) {
        return MovedXml.write(description, move.disks(), MovePlan::secret, bounds, note);
    }

    /** Returns the secret that the target opens a disk with that moves along. */
    static Optional<UUID> secret(Disk disk) {
        return disk.key()
                .map(key ->
                        SecretXml.of(disk.volume(), Place.of(disk.attachment())).id());
    }

    private Set<String> copied(MachineMove move) {
        Set<String> targets = new LinkedHashSet<>();
        for (VolumeId volume : move.disks().keySet()) {
            xml.disk(volume).ifPresent(disk -> targets.add(disk.target()));
        }
        return targets;
    }

    /** Returns what it does on the target; what is to run there before all of its memory is there cannot be held. */
    MoveNote.Arrival arrival(MachineMove move) {
        return state == DomainState.RUNNING && move.busyGuest() != MachineMove.BusyGuest.POST_COPY
                ? MoveNote.Arrival.HELD
                : MoveNote.Arrival.AS_IT_WAS;
    }

    private static Set<Migration.Choice> choices(MachineMove move, MoveNote note) {
        Set<Migration.Choice> choices = EnumSet.noneOf(Migration.Choice.class);
        if (note.arrival() == MoveNote.Arrival.HELD) {
            choices.add(Migration.Choice.HELD);
        }
        switch (move.busyGuest()) {
            case SLOW_DOWN -> choices.add(Migration.Choice.AUTO_CONVERGE);
            case POST_COPY -> choices.add(Migration.Choice.POST_COPY);
            case WAIT_FOR -> {}
        }
        if (move.wire() == MachineMove.Wire.ENCRYPTED) {
            choices.add(Migration.Choice.ENCRYPTED);
        }
        if (move.sharedDisks() == MachineMove.SharedDisks.VOUCHED_FOR) {
            choices.add(Migration.Choice.TRUST_THE_CALLER);
        }
        return choices;
    }
}
