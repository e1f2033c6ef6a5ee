package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.xml.MachineMetadata;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What may be forgotten, and above all what may not. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LeftoversTest {

    private static final Place OLD = new Place("file", "/old");
    private static final Place NEW = new Place("file", "/new");
    private static final String NOTED_OLD = "<hvkit:volume id='was' type='file' path='/old'/>";
    private static final String MOVED_NEW = "<hvkit:volume id='is' type='file' path='/new'>"
            + "<hvkit:from id='was' type='file' path='/old'/></hvkit:volume>";

    @Test
    void what_a_disk_has_left_for_good_is_left_over_with_its_secret() {
        Leftovers left = Leftovers.of(machine(NOTED_OLD + MOVED_NEW, disk("vda", "/new", "")));

        assertThat(left.places()).containsExactly(OLD);
        assertThat(left.secrets())
                .containsExactly(SecretXml.of(new VolumeId("was"), OLD).id());
    }

    @Test
    void nothing_is_left_over_while_a_copy_runs_or_may_begin() {
        String mirror = "<mirror type='file' job='copy'><source file='/third'/></mirror>";

        assertThat(Leftovers.of(machine(NOTED_OLD + MOVED_NEW, disk("vda", "/new", mirror)))
                        .isEmpty())
                .as("on its way on")
                .isTrue();
        assertThat(Leftovers.of(machine(NOTED_OLD + MOVED_NEW, disk("vda", "/old", "")))
                        .isEmpty())
                .as("about to be copied by somebody, or given up")
                .isTrue();
        assertThat(Leftovers.of(machine(MOVED_NEW, disk("vda", "/new", ""))).isEmpty())
                .as("tidied up")
                .isTrue();
    }

    @Test
    void what_another_disk_uses_is_not_left_over() {
        MachineXml machine = machine(NOTED_OLD + MOVED_NEW, disk("vda", "/new", "") + disk("vdb", "/old", ""));

        assertThat(Leftovers.of(machine).isEmpty()).isTrue();
    }

    @Test
    void what_is_noted_anew_was_not_left() {
        MachineMetadata moved =
                machine(NOTED_OLD + MOVED_NEW, disk("vda", "/new", "")).metadata();

        assertThat(moved.origins()).containsOnlyKeys(NEW);
        assertThat(moved.with(OLD, new VolumeId("was")).origins())
                .as("about to be attached")
                .isEmpty();
        assertThat(moved.with(OLD, new VolumeId("was"), new MachineMetadata.Origin(NEW, new VolumeId("is")))
                        .origins())
                .as("about to go back")
                .containsOnlyKeys(OLD);
    }

    @Test
    void a_merged_overlay_is_left_over_unless_a_later_snapshot_takes_it() {
        String noted = NOTED_OLD + "<hvkit:volume id='is' type='file' path='/new'/>";
        String changed = snapshot("first", "changed");

        assertThat(Leftovers.of(machine(noted + changed, disk("vda", "/old", "")))
                        .places())
                .containsExactly(NEW);
        assertThat(Leftovers.of(machine(noted + changed + snapshot("second", "intact"), disk("vda", "/old", "")))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void an_overlay_that_was_merged_without_a_snapshot_is_left_over_too() {
        String noted = NOTED_OLD + "<hvkit:volume id='is' type='file' path='/new'/>";
        String merge = "<hvkit:merges><hvkit:merge phase='switching'><hvkit:overlay type='file' path='/new'/>"
                + "<hvkit:into type='file' path='/old'/></hvkit:merge></hvkit:merges>";

        assertThat(Leftovers.of(machine(noted + merge, disk("vda", "/old", ""))).places())
                .containsExactly(NEW);
        assertThat(Leftovers.of(machine(noted + merge, disk("vda", "/new", ""))).isEmpty())
                .isTrue();
    }

    private static String snapshot(String id, String content) {
        return "<hvkit:snapshot id='" + id + "'><hvkit:disk content='" + content + "'>"
                + "<hvkit:frozen volume='was' type='file' path='/old'/>"
                + "<hvkit:overlay volume='is' type='file' path='/new'/></hvkit:disk></hvkit:snapshot>";
    }

    private static String disk(String target, String path, String mirror) {
        return "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='" + path + "'/>" + mirror
                + "<target dev='" + target + "' bus='virtio'/></disk>";
    }

    private static MachineXml machine(String notes, String disks) {
        return MachineXml.read(
                "<domain type='qemu'><name>m</name><vcpu>1</vcpu><memory unit='KiB'>131072</memory><metadata>"
                        + "<hvkit:machine xmlns:hvkit='" + MachineMetadata.NAMESPACE + "'>" + notes
                        + "</hvkit:machine></metadata><devices>" + disks + "</devices></domain>");
    }
}
