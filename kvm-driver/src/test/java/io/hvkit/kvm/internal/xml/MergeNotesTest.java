package io.hvkit.kvm.internal.xml;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.hypervisor.spi.SnapshotDisk.Content;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What is noted of merges, for each disk by itself. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MergeNotesTest {

    private static final Place ROOT = new Place("file", "/root");
    private static final Place DATA = new Place("file", "/data");

    private final MachineMetadata taken = notes();

    @Test
    void each_disk_has_its_own_note_and_it_is_read_as_it_was_written() {
        MachineMetadata noted = taken.mergingInto(DATA).switchingTo(ROOT);

        assertThat(contents(noted)).containsExactly(Content.SWITCHING, Content.CHANGED);
        assertThat(contents(noted.mergingInto(ROOT))).containsExactly(Content.CHANGED, Content.CHANGED);
        MachineXml again = machine(noted.document());
        assertThat(contents(again.metadata())).containsExactly(Content.SWITCHING, Content.CHANGED);
        assertThat(again.isSwitching(new Place("file", "/root-1"), ROOT)).isTrue();
        assertThat(again.isMerging(new Place("file", "/root-1"), ROOT)).isTrue();
        assertThat(again.isSwitching(new Place("file", "/data-1"), DATA)).isFalse();
        assertThat(again.isMerging(new Place("file", "/data-1"), DATA)).isTrue();
        assertThat(again.isMerging(new Place("file", "/data-1"), ROOT)).isFalse();
    }

    @Test
    void a_merge_that_did_not_begin_takes_back_its_own_note_and_no_other() {
        MachineMetadata meanwhile = taken.mergingInto(DATA).switchingTo(ROOT);

        assertThat(contents(meanwhile.restoring(DATA, taken))).containsExactly(Content.SWITCHING, Content.INTACT);
        assertThat(meanwhile.restoring(new Place("file", "/other"), taken)).isEqualTo(meanwhile);
    }

    private static List<Content> contents(MachineMetadata notes) {
        return notes.snapshots().get(0).disks().stream()
                .map(disk -> disk.content())
                .toList();
    }

    private static MachineMetadata notes() {
        return machine("<hvkit:machine xmlns:hvkit='" + MachineMetadata.NAMESPACE
                        + "'><hvkit:snapshot id='first'>" + disk("root") + disk("data")
                        + "</hvkit:snapshot></hvkit:machine>")
                .metadata();
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
