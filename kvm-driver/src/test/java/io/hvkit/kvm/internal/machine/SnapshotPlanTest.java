package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineSnapshot;
import io.hvkit.hypervisor.spi.SnapshotDisk;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.SnapshotRevert;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.RememberedXml;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is refused of snapshots by what a machine is, and what is written down of the others. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SnapshotPlanTest {

    private static final SnapshotId FIRST = new SnapshotId("first");
    private static final SnapshotId SECOND = new SnapshotId("second");
    private static final Disk ROOT = disk("root", ImageFormat.LUKS);
    private static final Disk DATA = disk("data", ImageFormat.RAW);
    private static final String MACHINE = """
            <domain type='qemu'>
              <name>m</name>
              <metadata>
                <hvkit:machine xmlns:hvkit='https://hvkit.io/xmlns/machine/1'>
                  <volume id='root' type='file' path='/root'/>
                  <volume id='data' type='file' path='/data'/>
                </hvkit:machine>
              </metadata>
              <devices>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='raw' cache='none'/>
                  <source file='/root' index='1'>
                    <encryption format='luks' engine='qemu'>
                      <secret type='passphrase' uuid='20b8b158-b615-3d2a-a048-795b841bfa6d'/>
                    </encryption>
                  </source>
                  <target dev='vda' bus='virtio'/>
                </disk>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='raw'/>
                  <source file='/data'/>
                  <target dev='vdb' bus='virtio'/>
                </disk>%s
              </devices>
            </domain>""";

    private final Secret key = Secret.random();
    private final Disk overRoot = disk("over-root", ImageFormat.QCOW2).unlockedBy(key);
    private final Disk overData = disk("over-data", ImageFormat.QCOW2);
    private final MachineXml machine = MachineXml.read(MACHINE.formatted(""));

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void a_snapshot_that_came_to_nothing_leaves_all_that_was_noted_before() {
        String merge = "<hvkit:merges><hvkit:merge phase='begun'><hvkit:overlay type='file' path='/left'/>"
                + "<hvkit:into type='file' path='/root'/></hvkit:merge></hvkit:merges>";
        String left = "<hvkit:snapshot id='old'><hvkit:disk content='changed'>"
                + "<hvkit:frozen volume='root' type='file' path='/root'/>"
                + "<hvkit:overlay volume='left' type='file' path='/left'/></hvkit:disk></hvkit:snapshot>";
        MachineXml noted =
                MachineXml.read(MACHINE.formatted("").replace("</hvkit:machine>", merge + left + "</hvkit:machine>"));
        MachineMetadata before = noted.metadata();
        assertThat(before.merges()).hasSize(1);
        SnapshotPlan plan = SnapshotPlan.of(noted, both());

        MachineMetadata during = plan.notes(before);

        assertThat(during.merges()).as("a process may die now").isEqualTo(before.merges());
        MachineMetadata after = plan.withoutNotes(during);
        assertThat(after.merges()).isEqualTo(before.merges());
        assertThat(after.snapshots()).isEqualTo(before.snapshots());
    }

    @Test
    void a_disk_that_a_snapshot_would_miss_is_named_in_the_refusal() {
        SnapshotRequest rootAlone = SnapshotRequest.named(FIRST).onto(ROOT.volume(), overRoot);
        String unreadable = "<disk type='network' device='disk'><source protocol='rbd' name='p/i'/>"
                + "<target dev='vdc' bus='virtio'/></disk>";
        String readOnly = "<disk type='file' device='cdrom'><source file='/iso'/>"
                + "<target dev='sda' bus='sata'/><readonly/></disk>";

        refuses(Failure.INVALID_REQUEST, "/data", machine, rootAlone);
        refuses(Failure.INVALID_REQUEST, "needs a disk", machine, SnapshotRequest.named(FIRST));
        refuses(Failure.INVALID_REQUEST, "other disks", MachineXml.read(MACHINE.formatted(unreadable)), both());
        assertThat(SnapshotPlan.of(MachineXml.read(MACHINE.formatted(readOnly)), both())
                        .steps())
                .hasSize(2);
    }

    @Test
    void no_layer_over_an_encrypted_one_is_plain_and_none_over_a_plain_one_is_encrypted() {
        Disk plain = disk("over-root", ImageFormat.QCOW2);
        SnapshotRequest rest = SnapshotRequest.named(FIRST).leavingOut(DATA.volume());

        refuses(Failure.INVALID_REQUEST, "in clear", machine, rest.onto(ROOT.volume(), plain));
        refuses(
                Failure.INVALID_REQUEST,
                "is plain",
                machine,
                SnapshotRequest.named(FIRST).leavingOut(ROOT.volume()).onto(DATA.volume(), overData.unlockedBy(key)));
        refuses(
                Failure.INVALID_REQUEST,
                "is not over disk",
                machine,
                rest.onto(
                        ROOT.volume(),
                        overRoot.over(disk("elsewhere", ImageFormat.LUKS).unlockedBy(key))));
        refuses(
                Failure.IN_USE,
                "uses",
                machine,
                rest.onto(ROOT.volume(), disk("data", ImageFormat.QCOW2).unlockedBy(key)));
    }

    @Test
    void a_disk_that_is_copied_or_merged_is_not_frozen() {
        for (String job : new String[] {"copy", "active-commit"}) {
            String mirror = "<mirror type='file' job='" + job + "'><source file='/elsewhere'/></mirror>";
            String busy = MACHINE.formatted("").replace("<target dev='vda'", mirror + "<target dev='vda'");

            refuses(Failure.OPERATION_PENDING, "moved or merged", MachineXml.read(busy), both());
        }
    }

    @Test
    void what_is_remembered_has_every_layer_with_its_format_and_secret() {
        MachineXml frozen = take(both());

        assertThat(frozen.disks().get(0).places())
                .containsExactly(new Place("file", "/over-root"), new Place("file", "/root"));
        assertThat(frozen.disks().get(0).format()).isEqualTo("qcow2");
        assertThat(frozen.disks().get(0).layers().get(0).format()).isEqualTo("raw");
        assertThat(frozen.disks().get(0).hasEncryptedLayer()).isTrue();
        assertThat(frozen.disks().get(0).secrets()).hasSize(2);
        assertThat(frozen.disks()
                        .get(0)
                        .serves(overRoot.over(ROOT.unlockedBy(key))
                                .as(frozen.disks().get(0).device())))
                .isTrue();
        assertThat(frozen.disks()
                        .get(0)
                        .serves(overRoot.over(DATA).as(frozen.disks().get(0).device())))
                .isFalse();
        assertThat(frozen.disks().get(1).hasEncryptedLayer()).isFalse();
        assertThat(frozen.machineDisks())
                .extracting(each -> each.volume().value())
                .containsExactly("over-root", "over-data");
        assertThat(frozen.snapshots()).extracting(MachineSnapshot::id).containsExactly(FIRST);
        assertThat(SnapshotPlan.taken(frozen, both())).isPresent();
    }

    @Test
    void what_was_noted_and_never_done_is_no_snapshot() {
        MachineXml noted = MachineXml.read(RememberedXml.of(MACHINE.formatted(""))
                .noting(SnapshotPlan.of(machine, both()).notes(machine.metadata()))
                .document());

        assertThat(noted.snapshots()).isEmpty();
        assertThat(SnapshotPlan.taken(noted, both())).isEmpty();
        assertThat(SnapshotPlan.of(noted, both()).notes(noted.metadata()).snapshots())
                .hasSize(1);
    }

    @Test
    void a_return_drops_all_that_lies_over_what_was_frozen() {
        MachineXml once = take(both());
        Disk second = disk("second", ImageFormat.QCOW2).unlockedBy(key);
        MachineXml twice = take(
                once,
                SnapshotRequest.named(SECOND).onto(overRoot.volume(), second).leavingOut(overData.volume()));
        Disk fresh = disk("fresh", ImageFormat.QCOW2).unlockedBy(key);
        SnapshotRevert revert =
                SnapshotRevert.to(FIRST).onto(ROOT.volume(), fresh).thawing(DATA.volume());

        ReturnPlan plan = ReturnPlan.of(twice, revert);

        assertThat(twice.snapshots()).extracting(MachineSnapshot::id).containsExactly(FIRST, SECOND);
        assertThat(plan.steps()).hasSize(2);
        assertThat(plan.steps().get(0).frozen().path()).isIn("/root", "/data");
        assertThat(plan.notes().volumes().values())
                .extracting(VolumeId::value)
                .containsExactlyInAnyOrder("root", "data", "fresh");
        assertThat(plan.notes().snapshots().get(0).disks())
                .extracting(SnapshotDisk::content)
                .containsExactlyInAnyOrder(SnapshotDisk.Content.INTACT, SnapshotDisk.Content.THAWED);
    }

    @Test
    void there_is_no_way_back_to_what_a_merge_has_begun_to_change() {
        MachineXml frozen = take(both());
        MachineXml merging = MachineXml.read(RememberedXml.of(document(both()))
                .noting(frozen.metadata().merging(new Place("file", "/over-root"), new Place("file", "/root")))
                .document());
        SnapshotRevert revert = SnapshotRevert.to(FIRST).thawing(ROOT.volume()).thawing(DATA.volume());

        DriverException refusal = catchThrowableOfType(DriverException.class, () -> ReturnPlan.of(merging, revert));

        assertThat(refusal).isNotNull().hasMessageContaining("merge");
        assertThat(refusal.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(ReturnPlan.of(frozen, revert).steps()).hasSize(2);
    }

    private SnapshotRequest both() {
        return SnapshotRequest.named(FIRST).onto(ROOT.volume(), overRoot).onto(DATA.volume(), overData);
    }

    private String document(SnapshotRequest request) {
        return document(MACHINE.formatted(""), SnapshotPlan.of(machine, request));
    }

    private MachineXml take(SnapshotRequest request) {
        return MachineXml.read(document(request));
    }

    private MachineXml take(MachineXml before, SnapshotRequest request) {
        return MachineXml.read(document(document(both()), SnapshotPlan.of(before, request)));
    }

    private static String document(String before, SnapshotPlan plan) {
        RememberedXml remembered = RememberedXml.of(before);
        plan.overlays().forEach(remembered::pushing);
        return remembered.noting(plan.notes(plan.machine().metadata())).document();
    }

    private static void refuses(Failure failure, String words, MachineXml machine, SnapshotRequest request) {
        DriverException refusal = catchThrowableOfType(DriverException.class, () -> SnapshotPlan.of(machine, request));
        assertThat(refusal).isNotNull().hasMessageContaining(words);
        assertThat(refusal.failure()).isEqualTo(failure);
        assertThat(refusal.effect()).isEqualTo(Effect.NOT_APPLIED);
    }

    private static Disk disk(String name, ImageFormat format) {
        return Disk.of(new VolumeId(name), new Attachment.ImageFile(Path.of("/" + name)), format);
    }
}
