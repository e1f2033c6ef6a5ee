package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupDisk.Why;
import io.hvkit.hypervisor.spi.BackupRequest;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.BackupXml;
import io.hvkit.kvm.internal.xml.CheckpointXml;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a backup writes: of each disk what changed, if its notes are whole at this moment, or everything.
 *
 * @param xml the machine
 * @param disks what is written of each disk, and why
 * @param was what the disks are, for the checkpoint that begins
 * @param images the images, by what libvirt calls the disks
 * @param run which run of the machine it is
 */
record BackupPlan(
        MachineXml xml, List<BackupDisk> disks, List<CheckpointXml.Was> was, Map<String, Disk> images, int run) {

    /** Plans it for a machine that runs. */
    static BackupPlan of(LibvirtDomain domain, MachineId machine, BackupRequest request, List<Checkpoint> known)
            throws LibvirtException {
        MachineXml xml = MachineXml.read(domain.xml());
        List<BackupDisk> disks = new ArrayList<>();
        List<CheckpointXml.Was> was = new ArrayList<>();
        Map<String, Disk> images = new HashMap<>();
        for (Map.Entry<VolumeId, Disk> entry : request.images().entrySet()) {
            VolumeId volume = entry.getKey();
            LibvirtChangeTracking.requireTracks(xml, machine, volume);
            DiskXml disk = xml.disk(volume).orElseThrow();
            LibvirtDiskMigration.requireKey(disk, volume, entry.getValue());
            ByteSize size = ByteSize.bytes(domain.disk(disk.target()).capacity());
            was.add(new CheckpointXml.Was(disk.target(), volume, size, disk.place()));
            images.put(disk.target(), entry.getValue());
            disks.add(decided(volume, request.since(), known));
        }
        requireFree(request.checkpoint(), known, machine);
        return new BackupPlan(xml, List.copyOf(disks), List.copyOf(was), Map.copyOf(images), domain.run());
    }

    private static void requireFree(CheckpointId name, List<Checkpoint> known, MachineId machine) {
        if (known.stream().anyMatch(checkpoint -> checkpoint.id().equals(name))) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "there is a checkpoint %s of machine %s already, and no backup that began it runs: take another name,"
                                    + " and forget it if its images are of no use",
                            name, machine);
        }
    }

    /** Only what is known to be whole now is relied on. */
    static BackupDisk decided(VolumeId volume, Optional<CheckpointId> since, List<Checkpoint> known) {
        if (since.isEmpty()) {
            return full(volume, Why.FULL_ASKED, "everything was asked for");
        }
        CheckpointId id = since.get();
        Optional<Checkpoint> checkpoint =
                known.stream().filter(each -> each.id().equals(id)).findAny();
        if (checkpoint.isEmpty()) {
            return full(volume, Why.CHECKPOINT_UNKNOWN, "the machine has no checkpoint " + id);
        }
        Optional<Tracking> tracking = checkpoint.get().disks().stream()
                .filter(disk -> disk.volume().equals(volume))
                .map(TrackedDisk::tracking)
                .findAny();
        if (tracking.isEmpty()) {
            return full(volume, Why.NOT_TRACKED, "checkpoint " + id + " is not of this disk");
        }
        return tracking.get()
                .match(
                        whole -> new BackupDisk(
                                volume,
                                Optional.of(id),
                                Why.NOTES_WHOLE,
                                whole.changed() + " may have changed since checkpoint " + id),
                        lost -> full(volume, Why.NOTES_LOST, lost.loss() + ": " + lost.evidence()),
                        unknown -> full(volume, Why.NOTES_LOST, "nobody can say how the notes fare"));
    }

    private static BackupDisk full(VolumeId volume, Why why, String evidence) {
        return new BackupDisk(volume, Optional.empty(), why, evidence);
    }

    /** Returns the images, with the sizes of what is written to them. */
    Map<Disk, ByteSize> sizes() {
        Map<Disk, ByteSize> sizes = new HashMap<>();
        for (CheckpointXml.Was disk : was) {
            Optional.ofNullable(images.get(disk.target())).ifPresent(image -> sizes.put(image, disk.capacity()));
        }
        return sizes;
    }

    String backupXml() {
        Map<String, String> since = new HashMap<>();
        for (CheckpointXml.Was disk : was) {
            disks.stream()
                    .filter(each -> each.volume().equals(disk.volume()))
                    .flatMap(each -> each.since().stream())
                    .forEach(id -> since.put(disk.target(), id.value()));
        }
        return BackupXml.write(images, since, xml.targets());
    }
}
