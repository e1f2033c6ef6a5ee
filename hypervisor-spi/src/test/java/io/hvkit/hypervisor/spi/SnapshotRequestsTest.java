package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Overlays, and what is asked of snapshots. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotRequestsTest {

    private static final SnapshotId NAME = new SnapshotId("s");
    private static final Disk BASE = disk("a", ImageFormat.LUKS);
    private static final Disk MIDDLE = disk("b", ImageFormat.QCOW2);
    private static final Disk TOP = disk("c", ImageFormat.QCOW2);

    @Test
    void a_disk_has_layers_from_the_top_down_all_on_one_device() {
        DiskDevice scsi = DiskDevice.on(DiskBus.SCSI);
        Disk chain = TOP.over(MIDDLE.over(BASE)).as(scsi);

        assertThat(TOP.layers()).containsExactly(TOP);
        assertThat(TOP.base()).isEmpty();
        assertThat(chain.layers())
                .extracting(Disk::volume)
                .containsExactly(TOP.volume(), MIDDLE.volume(), BASE.volume());
        assertThat(chain.layers()).extracting(Disk::device).containsOnly(scsi);
        assertThat(chain).isEqualTo(TOP.as(scsi).over(MIDDLE.over(BASE))).isNotEqualTo(TOP.as(scsi));
        assertThat(chain.toString()).contains("/a", "/b", "/c");
    }

    @Test
    void each_layer_keeps_its_own_key() {
        try (Secret below = Secret.random();
                Secret above = Secret.random()) {
            Disk chain = TOP.over(BASE.unlockedBy(below)).unlockedBy(above);

            assertThat(chain.layers()).extracting(Disk::key).containsExactly(Optional.of(above), Optional.of(below));
            assertThat(chain).isNotEqualTo(TOP.over(BASE).unlockedBy(above));
        }
    }

    @Test
    void what_lies_over_nothing_or_itself_cannot_be_said() {
        SnapshotRequest request = SnapshotRequest.named(NAME).onto(BASE.volume(), TOP);
        SnapshotRevert revert = SnapshotRevert.to(NAME).onto(BASE.volume(), TOP);
        VolumeId other = new VolumeId("other");

        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> BASE.over(TOP),
                () -> TOP.over(TOP),
                () -> TOP.over(MIDDLE.over(disk("c", ImageFormat.RAW))),
                () -> request.onto(BASE.volume(), MIDDLE),
                () -> request.leavingOut(BASE.volume()),
                () -> request.onto(other, TOP),
                () -> request.onto(other, disk("raw", ImageFormat.RAW)),
                () -> revert.thawing(BASE.volume()),
                () -> revert.onto(other, TOP),
                () -> DiskMerge.of(TOP),
                () -> DiskMerge.of(TOP.over(BASE)).limitedTo(ByteSize.ZERO),
                () -> new MachineSnapshot(NAME, List.of()))) {
            assertThatIllegalArgumentException().isThrownBy(call);
        }
    }

    @Test
    void every_change_of_a_request_is_another_request() {
        SnapshotRequest request = SnapshotRequest.named(NAME);
        SnapshotRevert revert = SnapshotRevert.to(NAME);
        DiskMerge merge = DiskMerge.of(TOP.over(BASE));

        assertThat(request.onto(BASE.volume(), TOP).leavingOut(MIDDLE.volume()))
                .isEqualTo(request.leavingOut(MIDDLE.volume()).onto(BASE.volume(), TOP))
                .isNotEqualTo(request.onto(BASE.volume(), TOP))
                .isNotEqualTo(SnapshotRequest.named(new SnapshotId("t")).onto(BASE.volume(), TOP));
        assertThat(revert.onto(BASE.volume(), TOP))
                .isEqualTo(SnapshotRevert.to(NAME).onto(BASE.volume(), TOP))
                .isNotEqualTo(revert)
                .isNotEqualTo(revert.thawing(BASE.volume()));
        assertThat(merge)
                .isEqualTo(DiskMerge.of(TOP.over(BASE)))
                .isNotEqualTo(merge.limitedTo(ByteSize.mebibytes(1)))
                .isNotEqualTo(merge.pivoting(Pivot.WHEN_ASKED));
        assertThat(merge.into()).isEqualTo(BASE);
    }

    private static Disk disk(String name, ImageFormat format) {
        return Disk.of(new VolumeId(name), new Attachment.ImageFile(Path.of("/" + name)), format);
    }
}
