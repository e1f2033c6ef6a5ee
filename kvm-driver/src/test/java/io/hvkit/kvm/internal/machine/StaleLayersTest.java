package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Layers that hold an older state of a disk, or of another one, and what must not be done with them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StaleLayersTest {

    private static final Disk BASE = disk("base");
    private static final Disk OVERLAY = disk("overlay");
    private static final Disk LATER = disk("later");
    private static final String MERGED = merges("overlay", "base");
    private static final String FROZEN = "<hvkit:snapshot id='s'><hvkit:disk content='%s'>"
            + "<hvkit:frozen volume='base' type='file' path='/base'/>"
            + "<hvkit:overlay volume='overlay' type='file' path='/overlay'/></hvkit:disk></hvkit:snapshot>";

    @Test
    void an_overlay_that_was_merged_is_not_started_again() {
        StartCheck stale = new StartCheck(machine(MERGED, "base"), spec(OVERLAY.over(BASE)));

        refuses(Failure.INVALID_REQUEST, "/overlay was merged into /base", stale::requireNewest);
        refuses(
                Failure.INVALID_REQUEST,
                "was merged into",
                () -> new StartCheck(machine(MERGED, "base"), spec(LATER.over(OVERLAY.over(BASE)))).requireNewest());
        refuses(
                Failure.INVALID_REQUEST,
                "was merged into",
                () -> new StartCheck(machine(MERGED, "base"), spec(OVERLAY)).requireNewest());
        starts(machine(MERGED, "base"), BASE);
        starts(machine(MERGED, "base"), LATER.over(BASE));
        starts(machine("", "base"), OVERLAY.over(BASE));
    }

    @Test
    void an_overlay_of_a_layer_that_was_merged_further_down_is_not_started_again() {
        MachineXml lower = machine(
                (merges("overlay", "base") + merges("base", "lowest")).replace("</hvkit:merges><hvkit:merges>", ""),
                "lowest");

        for (Disk disk : new Disk[] {OVERLAY, OVERLAY.over(BASE), OVERLAY.over(BASE.over(disk("lowest")))}) {
            refuses(
                    Failure.INVALID_REQUEST,
                    "was merged into",
                    () -> new StartCheck(lower, spec(disk)).requireNewest());
        }
        starts(lower, disk("lowest"));
    }

    @Test
    void what_came_to_the_place_of_an_overlay_is_another_disk() {
        Disk other = Disk.of(new VolumeId("other"), new Attachment.ImageFile(Path.of("/overlay")), ImageFormat.RAW);

        assertThatCode(() -> new StartCheck(machine(MERGED, "base"), spec(BASE).with(other)).requireNewest())
                .doesNotThrowAnyException();
        assertThatCode(() -> new StartCheck(machine(MERGED, "base"), spec(BASE).with(OVERLAY)).requireNewest())
                .as("a qcow2 beside what the overlay lay over")
                .doesNotThrowAnyException();
        refuses(
                Failure.INVALID_REQUEST,
                "was merged into",
                () -> new StartCheck(machine(MERGED, "base"), spec(BASE).with(LATER.over(OVERLAY.over(BASE))))
                        .requireNewest());
        assertThatCode(() -> Doubt.requireNone(machine(MERGED.replace("begun", "switching"), "base", "overlay")))
                .doesNotThrowAnyException();
    }

    @Test
    void a_layer_that_has_only_a_part_of_a_merge_is_not_started_alone() {
        MachineXml begun = machine(MERGED, "overlay base");

        refuses(
                Failure.INVALID_REQUEST,
                "was begun and is not over",
                () -> new StartCheck(begun, spec(BASE)).requireNewest());
        starts(begun, OVERLAY.over(BASE));
        starts(begun, LATER.over(OVERLAY.over(BASE)));
    }

    @Test
    void an_overlay_that_was_left_to_go_back_is_not_started_again() {
        MachineXml back = machine(FROZEN.formatted("thawed"), "base");

        refuses(
                Failure.INVALID_REQUEST,
                "/overlay was left for /base",
                () -> new StartCheck(back, spec(OVERLAY.over(BASE))).requireNewest());
        starts(back, BASE);
        starts(machine(FROZEN.formatted("intact"), "base"), OVERLAY.over(BASE));
    }

    @Test
    void nothing_is_merged_into_what_another_disk_of_the_machine_reads() {
        MergeCheck check = new MergeCheck("m", DiskMerge.of(OVERLAY.over(BASE)), place("overlay"), place("base"));

        assertThat(check.requireDisk(machine("", "overlay base")).target()).isEqualTo("vda");
        refuses(
                Failure.IN_USE,
                "disk vdb over /base, too",
                () -> check.requireDisk(machine("", "overlay base", "later base")));
        refuses(
                Failure.IN_USE,
                "disk vdb over /base, too",
                () -> check.requireDisk(machine("", "overlay base", "later overlay base")));
        assertThat(check.requireDisk(machine("", "overlay base", "later")).target())
                .isEqualTo("vda");
    }

    @Test
    void a_merge_without_a_snapshot_is_seen_to_be_done() {
        MergeCheck check = new MergeCheck("m", DiskMerge.of(OVERLAY.over(BASE)), place("overlay"), place("base"));

        assertThat(check.isDone(machine(MERGED, "base"))).isTrue();
        assertThat(check.isDone(machine("", "base"))).isFalse();
        assertThat(check.isDone(machine(MERGED, "overlay base"))).isFalse();
        assertThat(check.isDone(machine(merges("later", "base"), "base")))
                .as("another overlay was merged")
                .isFalse();
    }

    @Test
    void a_machine_that_ended_in_doubt_is_known_without_a_snapshot() {
        String switching = MERGED.replace("begun", "switching");

        refuses(
                Failure.HOST_NOT_READY,
                "/overlay was being switched to /base",
                () -> Doubt.requireNone(machine(switching, "overlay base")));
        assertThatCode(() -> {
                    Doubt.requireNone(machine(MERGED, "overlay base"));
                    Doubt.requireNone(machine(switching, "base"));
                    Doubt.requireNone(machine(switching, "later overlay base"));
                })
                .doesNotThrowAnyException();
    }

    @Test
    void nothing_is_known_any_more_of_a_disk_that_went() {
        String noted = MERGED + FROZEN.formatted("changed");
        MachineMetadata gone = UnusedLayers.of(machine(noted, "later"), Set.of(place("overlay")))
                .forgotten();

        assertThat(gone.volumes()).containsOnlyKeys(place("later"));
        assertThat(gone.merges()).isEmpty();
        assertThat(gone.snapshots()).isEmpty();
        assertThat(UnusedLayers.of(machine(noted, "later"), Set.of(place("base")))
                        .forgotten()
                        .merges())
                .as("or it would be said to be merged into what comes there next")
                .isEmpty();
    }

    @Test
    void what_the_machine_lives_on_stays_known() {
        MachineXml merged = machine(MERGED + FROZEN.formatted("changed"), "base");
        MachineMetadata known =
                UnusedLayers.of(merged, Set.of(place("overlay"), place("base"))).forgotten();

        assertThat(known.volumes()).containsOnlyKeys(place("base"), place("later"));
        assertThat(known.merges()).isEqualTo(merged.metadata().merges());
        assertThat(known.snapshots()).isEqualTo(merged.metadata().snapshots());
        MachineXml other = machine(MERGED, "later");
        assertThat(UnusedLayers.of(other, Set.of(place("third"))).forgotten())
                .as("another disk went")
                .isEqualTo(other.metadata());
    }

    private static void starts(MachineXml remembered, Disk disk) {
        assertThatCode(() -> new StartCheck(remembered, spec(disk)).requireNewest())
                .doesNotThrowAnyException();
    }

    private static void refuses(Failure failure, String words, Runnable call) {
        DriverException refusal = catchThrowableOfType(DriverException.class, call::run);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal.failure()).as(refusal.toString()).isEqualTo(failure);
        assertThat(refusal).hasMessageContaining(words);
    }

    private static MachineSpec spec(Disk disk) {
        return MachineSpec.named("m").with(disk);
    }

    private static Disk disk(String name) {
        return Disk.of(new VolumeId(name), new Attachment.ImageFile(Path.of("/" + name)), ImageFormat.QCOW2);
    }

    private static Place place(String name) {
        return new Place("file", "/" + name);
    }

    private static String merges(String overlay, String into) {
        return "<hvkit:merges><hvkit:merge phase='begun'><hvkit:overlay type='file' path='/" + overlay
                + "'/><hvkit:into type='file' path='/" + into + "'/></hvkit:merge></hvkit:merges>";
    }

    /**
     * Returns a machine.
     *
     * @param disks the layers of each, from the top
     */
    private static MachineXml machine(String notes, String... disks) {
        StringBuilder devices = new StringBuilder();
        char target = 'a';
        for (String disk : disks) {
            devices.append("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>");
            String end = "";
            boolean isTop = true;
            for (String layer : disk.split(" ", -1)) {
                String source = "<source file='/" + layer + "'/>";
                devices.append(isTop ? source : "<backingStore type='file'><format type='qcow2'/>" + source);
                end = isTop ? end : end + "</backingStore>";
                isTop = false;
            }
            devices.append(end).append("<target dev='vd").append(target++).append("' bus='virtio'/></disk>");
        }
        return MachineXml.read(
                "<domain type='qemu'><name>m</name><vcpu>1</vcpu><memory unit='KiB'>131072</memory><metadata>"
                        + "<hvkit:machine xmlns:hvkit='" + MachineMetadata.NAMESPACE + "'>"
                        + volume("base") + volume("overlay") + volume("later") + notes
                        + "</hvkit:machine></metadata><devices>" + devices + "</devices></domain>");
    }

    private static String volume(String name) {
        return "<hvkit:volume id='" + name + "' type='file' path='/" + name + "'/>";
    }
}
