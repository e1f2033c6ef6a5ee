package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.Tracking;
import io.hvkit.hypervisor.spi.Tracking.Loss;
import io.hvkit.kvm.internal.xml.CheckpointXml;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.Place;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TrackedDisksTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final Optional<ByteSize> CHANGED = Optional.of(ByteSize.kibibytes(64));
    private static final Place PLACE = place("/pool/a b<c>&ş.qcow2");
    private static final CheckpointXml.Was WAS = new CheckpointXml.Was("vda", new VolumeId("v-1"), SIZE, PLACE);

    @Test
    void a_disk_that_is_as_it_was_is_tracked() {
        assertThat(TrackedDisks.judged(WAS, disk("vda", PLACE), Optional.of(SIZE), CHANGED))
                .isEqualTo(new Tracking.Whole(ByteSize.kibibytes(64)));
    }

    @Test
    void any_doubt_is_a_loss_with_its_reason() {
        Optional<ByteSize> same = Optional.of(SIZE);

        lost(Loss.DISK_GONE, TrackedDisks.judged(WAS, Optional.empty(), Optional.empty(), CHANGED));
        lost(Loss.DISK_MOVED, TrackedDisks.judged(WAS, disk("vda", place("/pool/b")), same, CHANGED));
        lost(Loss.DISK_MOVED, TrackedDisks.judged(WAS, disk("vdb", PLACE), same, CHANGED));
        lost(Loss.DISK_MOVED, TrackedDisks.judged(WAS, disk("vda", place("/pool/b")), Optional.empty(), CHANGED));
        lost(
                Loss.DISK_RESIZED,
                TrackedDisks.judged(WAS, disk("vda", PLACE), Optional.of(SIZE.plus(ByteSize.bytes(512))), CHANGED));
        lost(Loss.NOTES_DAMAGED, TrackedDisks.judged(WAS, disk("vda", PLACE), same, Optional.empty()));
    }

    @Test
    void nothing_is_known_of_a_machine_that_does_not_run() {
        assertThat(TrackedDisks.judged(WAS, disk("vda", PLACE), Optional.empty(), Optional.empty()))
                .isEqualTo(new Tracking.Unknown());
    }

    @Test
    void what_is_written_down_is_read_again() {
        CheckpointXml.Was other =
                new CheckpointXml.Was("sdb", new VolumeId("v-2"), ByteSize.ZERO, new Place("block", "/dev/x"));

        CheckpointXml read = CheckpointXml.read(CheckpointXml.document("c-1", List.of(WAS, other)));

        assertThat(read.name()).isEqualTo("c-1");
        assertThat(read.disks()).contains(List.of(WAS, other));
        assertThat(read.changed()).isEmpty();
    }

    @Test
    void what_libvirt_adds_is_read() {
        CheckpointXml read =
                CheckpointXml.read("<domaincheckpoint><name>c</name><creationTime>1795677873</creationTime><disks>"
                        + "<disk name='vda' checkpoint='bitmap' bitmap='c' size='65536'/>"
                        + "<disk name='vdb' checkpoint='bitmap' bitmap='c'/>"
                        + "<disk name='vdc' checkpoint='bitmap' bitmap='c' size='-1'/></disks></domaincheckpoint>");

        assertThat(read)
                .isEqualTo(new CheckpointXml(
                        "c",
                        Instant.ofEpochSecond(1_795_677_873L),
                        Optional.empty(),
                        Map.of("vda", ByteSize.kibibytes(64))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "of others", "hvkit 2\nvda v 1 file /a", "hvkit 1\nvda v", "hvkit 1\nvda v x file /a"})
    void what_others_wrote_is_not_ours(String description) {
        assertThat(CheckpointXml.read("<domaincheckpoint><name>c</name><description>" + description
                                + "</description></domaincheckpoint>")
                        .disks())
                .isEmpty();
    }

    private static void lost(Loss loss, Tracking found) {
        assertThat(found)
                .isInstanceOfSatisfying(
                        Tracking.Lost.class, lost -> assertThat(lost.loss()).isEqualTo(loss));
    }

    private static Place place(String path) {
        return Place.of(new Attachment.ImageFile(Path.of(path)));
    }

    private static Optional<DiskXml> disk(String target, Place place) {
        return Optional.of(new DiskXml(
                target,
                place,
                "qcow2",
                DiskDevice.on(DiskBus.VIRTIO),
                Optional.empty(),
                DiskXml.Encryption.NONE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of()));
    }
}
