package io.hvkit.kvm.internal.xml;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.hypervisor.spi.SnapshotDisk.Content;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is noted of merges, for each disk by itself. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MergeNotesTest {

    private static final Place ROOT = place("root");
    private static final Place DATA = place("data");
    private static final Place OVER_ROOT = place("root-1");
    private static final Place OVER_DATA = place("data-1");
    private static final Place OTHER = place("other");

    private final MachineMetadata taken = notes(snapshot("first", "root", "data"));

    @Test
    void each_disk_has_its_own_note_and_it_is_read_as_it_was_written() {
        MachineMetadata noted = taken.merging(OVER_DATA, DATA).switching(OVER_ROOT, ROOT);

        assertThat(contents(noted)).containsExactly(Content.SWITCHING, Content.CHANGED);
        assertThat(contents(noted.merging(OVER_ROOT, ROOT))).containsExactly(Content.CHANGED, Content.CHANGED);
        MachineXml again = machine(noted.document());
        assertThat(again.metadata()).isEqualTo(noted);
        assertThat(again.isSwitching(OVER_ROOT, ROOT)).isTrue();
        assertThat(again.isMerging(OVER_ROOT, ROOT)).isTrue();
        assertThat(again.isSwitching(OVER_DATA, DATA)).isFalse();
        assertThat(again.isMerging(OVER_DATA, DATA)).isTrue();
        assertThat(again.isMerging(OVER_DATA, ROOT)).isFalse();
    }

    @Test
    void a_merge_that_did_not_begin_takes_back_its_own_note_and_no_other() {
        MachineMetadata meanwhile = taken.merging(OVER_DATA, DATA).switching(OVER_ROOT, ROOT);
        MachineMetadata restored = meanwhile.restoring(OVER_DATA, DATA, taken);

        assertThat(contents(restored)).containsExactly(Content.SWITCHING, Content.INTACT);
        assertThat(restored.merges()).containsExactly(new MergeNote(OVER_ROOT, ROOT, MergeNote.Phase.SWITCHING));
        assertThat(meanwhile.restoring(OTHER, OTHER, taken)).isEqualTo(meanwhile);
        assertThat(meanwhile
                        .restoring(OVER_ROOT, ROOT, taken.merging(OVER_ROOT, ROOT))
                        .merges())
                .as("as it was before")
                .contains(new MergeNote(OVER_ROOT, ROOT, MergeNote.Phase.BEGUN));
    }

    @Test
    void a_merge_is_noted_of_a_disk_that_no_snapshot_froze() {
        MachineXml switching = machine(notes("").switching(OVER_ROOT, ROOT).document());

        assertThat(switching.isSwitching(OVER_ROOT, ROOT)).isTrue();
        assertThat(switching.isMerging(OTHER, ROOT)).isFalse();
        assertThat(switching.metadata().snapshots()).isEmpty();
        assertThat(switching.metadata().merging(OVER_ROOT, ROOT).merges())
                .containsExactly(new MergeNote(OVER_ROOT, ROOT, MergeNote.Phase.BEGUN));
    }

    @Test
    void two_snapshots_that_froze_the_same_have_each_what_became_of_it() {
        MachineMetadata both = notes(snapshot("first", "root", "data")
                        + snapshot("second", "data").replace("data-1", "data-2"))
                .merging(OVER_DATA, DATA);
        Place second = place("data-2");
        assertThat(contents(both)).containsExactly(Content.INTACT, Content.CHANGED, Content.CHANGED);
        assertThat(machine(both.document()).isMerging(second, DATA))
                .as("the other overlay was not merged")
                .isFalse();

        MachineMetadata switching = both.switching(second, DATA);
        assertThat(contents(switching)).containsExactly(Content.INTACT, Content.CHANGED, Content.SWITCHING);
        assertThat(contents(switching.restoring(second, DATA, both)))
                .containsExactly(Content.INTACT, Content.CHANGED, Content.CHANGED);
        assertThat(contents(both.restoring(
                        OVER_DATA,
                        DATA,
                        notes(snapshot("first", "root", "data")
                                + snapshot("second", "data").replace("data-1", "data-2")))))
                .containsOnly(Content.INTACT);
    }

    @Test
    void what_an_earlier_version_noted_with_snapshots_alone_is_still_known() {
        String old = snapshot("first", "root", "data");
        MachineXml changed = machine(root(old.replaceFirst("intact", "changed")));
        MachineXml switching = machine(root(old.replaceFirst("intact", "switching")));

        assertThat(changed.isMerging(OVER_ROOT, ROOT)).isTrue();
        assertThat(changed.isSwitching(OVER_ROOT, ROOT)).isFalse();
        assertThat(switching.isSwitching(OVER_ROOT, ROOT)).isTrue();
        assertThat(switching.isMerging(OVER_DATA, DATA)).isFalse();
        assertThat(machine(root(old.replaceFirst("intact", "thawed"))).isMerging(OVER_ROOT, ROOT))
                .isFalse();
        assertThat(machine(root(old.replaceFirst("intact", "changed") + "<hvkit:merges/>"))
                        .isMerging(OVER_ROOT, ROOT))
                .as("a later version knows that there is none")
                .isFalse();
    }

    @Test
    void a_phase_that_is_not_known_here_is_a_doubt() {
        String later = notes("").merging(OVER_ROOT, ROOT).document().replace("begun", "transmuting");

        assertThat(machine(later).isSwitching(OVER_ROOT, ROOT)).isTrue();
    }

    private static List<Content> contents(MachineMetadata notes) {
        return notes.snapshots().stream()
                .flatMap(snapshot -> snapshot.disks().stream())
                .map(disk -> disk.content())
                .toList();
    }

    private static Place place(String name) {
        return new Place("file", "/" + name);
    }

    private static MachineMetadata notes(String snapshots) {
        return machine(root(snapshots)).metadata();
    }

    private static String root(String content) {
        return "<hvkit:machine xmlns:hvkit='" + MachineMetadata.NAMESPACE + "'>" + content + "</hvkit:machine>";
    }

    private static String snapshot(String id, String... disks) {
        return "<hvkit:snapshot id='" + id + "'>"
                + Stream.of(disks).map(MergeNotesTest::disk).collect(Collectors.joining())
                + "</hvkit:snapshot>";
    }

    private static String disk(String name) {
        return "<hvkit:disk content='intact'><hvkit:frozen volume='" + name + "' type='file' path='/" + name
                + "'/><hvkit:overlay volume='" + name + "-1' type='file' path='/" + name + "-1'/></hvkit:disk>";
    }

    private static MachineXml machine(String notes) {
        return MachineXml.read("<domain type='qemu'><name>m</name><vcpu>1</vcpu><memory unit='KiB'>131072</memory>"
                + "<metadata>" + notes.replaceFirst("<machine>", "<machine xmlns='" + MachineMetadata.NAMESPACE + "'>")
                + "</metadata><devices/></domain>");
    }
}
