package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Disks;
import java.nio.file.Path;
import java.util.List;

/**
 * A machine whose disks are to be frozen.
 *
 * @param work the machine
 * @param name what the moment is called
 * @param folder where the overlays are to be
 * @param leftOut the disks that go on as they are
 */
public record FreezeWork(MachineWork work, String name, Path folder, List<RecordId<VolumeRecord>> leftOut) {

    /** Copies the list. */
    public FreezeWork {
        leftOut = List.copyOf(leftOut);
    }

    static FreezeWork of(Facts facts) {
        return new FreezeWork(
                MachineWork.of(facts),
                facts.text("snapshot"),
                Path.of(facts.text("folder")),
                MachineFacts.list(facts, "left-out", RecordId::new));
    }

    Facts facts() {
        Facts facts = work.facts().with("snapshot", name).with("folder", folder);
        return MachineFacts.listed(facts, "left-out", leftOut, RecordId::value);
    }

    List<RecordId<VolumeRecord>> frozen() {
        return work.disks().stream().filter(disk -> !leftOut.contains(disk)).toList();
    }

    /** Returns the overlay of a volume, which no other moment and no other volume has. */
    Overlay overlay(VolumeRecord volume) {
        String disk = Disks.id(volume) + "-" + name;
        return new Overlay(
                new VolumeId(disk), new Attachment.ImageFile(folder.resolve(disk + ".qcow2")), Overlay.State.TAKING);
    }
}
