package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/**
 * What a backup writes of one disk.
 *
 * @param volume the disk
 * @param since the checkpoint since which it writes what changed; nothing if it writes everything
 * @param why what decided, for programs
 * @param evidence what was seen, for people
 */
@Incubating(since = "0.1")
public record BackupDisk(VolumeId volume, Optional<CheckpointId> since, Why why, String evidence) {

    /** What decided. */
    public enum Why {
        /** Changes: the notes are whole. */
        NOTES_WHOLE,
        /** Everything: nothing else was asked for. */
        FULL_ASKED,
        /** Everything: there is no such checkpoint. */
        CHECKPOINT_UNKNOWN,
        /** Everything: the checkpoint is not one of this disk. */
        NOT_TRACKED,
        /** Everything: the notes are of no use. */
        NOTES_LOST,
        /** Whoever decided is not there to be asked. */
        UNKNOWN
    }
}
