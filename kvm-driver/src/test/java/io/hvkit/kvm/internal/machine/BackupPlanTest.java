package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BackupDisk;
import io.hvkit.hypervisor.spi.BackupDisk.Why;
import io.hvkit.hypervisor.spi.Checkpoint;
import io.hvkit.hypervisor.spi.CheckpointId;
import io.hvkit.hypervisor.spi.TrackedDisk;
import io.hvkit.hypervisor.spi.Tracking;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BackupPlanTest {

    private static final VolumeId ROOT = new VolumeId("root");
    private static final CheckpointId MONDAY = new CheckpointId("monday");

    private static BackupDisk decided(VolumeId volume, Tracking tracking) {
        Checkpoint monday = new Checkpoint(MONDAY, Instant.EPOCH, List.of(new TrackedDisk(ROOT, tracking)));
        return BackupPlan.decided(volume, Optional.of(MONDAY), List.of(monday));
    }

    @Test
    void changes_are_written_only_where_the_notes_are_whole() {
        BackupDisk changes = decided(ROOT, new Tracking.Whole(ByteSize.mebibytes(1)));
        assertThat(changes.since()).contains(MONDAY);
        assertThat(changes.why()).isEqualTo(Why.NOTES_WHOLE);
    }

    @Test
    void whatever_loss_there_is_gives_everything_and_the_reason() {
        for (Tracking.Loss loss : Tracking.Loss.values()) {
            BackupDisk full = decided(ROOT, new Tracking.Lost(loss, "as was seen"));
            assertThat(full.since()).as("%s", loss).isEmpty();
            assertThat(full.why()).isEqualTo(Why.NOTES_LOST);
            assertThat(full.evidence()).contains(loss.name(), "as was seen");
        }
    }

    @Test
    void what_nobody_can_say_gives_everything() {
        assertThat(decided(ROOT, new Tracking.Unknown()).since()).isEmpty();
        assertThat(decided(new VolumeId("other"), new Tracking.Whole(ByteSize.ZERO))
                        .why())
                .isEqualTo(Why.NOT_TRACKED);
        assertThat(BackupPlan.decided(ROOT, Optional.of(MONDAY), List.of()).why())
                .isEqualTo(Why.CHECKPOINT_UNKNOWN);
        assertThat(BackupPlan.decided(ROOT, Optional.empty(), List.of()).why()).isEqualTo(Why.FULL_ASKED);
    }
}
