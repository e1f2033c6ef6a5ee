package io.hvkit.kvm.internal.xml;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MovedXmlTest {

    private static final UUID OLD = UUID.fromString("11111111-1111-1111-1111-111111111111");
    private static final UUID NEW = UUID.fromString("22222222-2222-2222-2222-222222222222");
    private static final VolumeId MOVING = new VolumeId("moving");
    private static final VolumeId STAYING = new VolumeId("staying");
    private static final MoveNote NOTE = new MoveNote(
            OLD,
            NEW,
            Map.of(MOVING, new MoveNote.Moved(new VolumeId("new"), new Place("block", "/dev/there"))),
            Set.of(OLD),
            Set.of(NEW),
            MoveNote.Arrival.HELD);
    private static final String MACHINE = """
            <domain type='qemu'>
              <name>m</name>
              <metadata>
                <other:note xmlns:other="urn:other">kept</other:note>
                <hvkit:machine xmlns:hvkit="https://hvkit.io/xmlns/machine/1">
                  <volume id="moving" type="file" path="/here/a"/>
                  <volume id="staying" type="file" path="/shared/b"/>
                  <board firmware="UEFI"/>
                  <tag name="owner" value="x"/>
                  <merges>
                    <merge phase="begun">
                      <overlay type="file" path="/shared/b"/><into type="file" path="/shared/below"/>
                    </merge>
                  </merges>
                </hvkit:machine>
              </metadata>
              <devices>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='qcow2' cache='none'/>
                  <source file='/here/a'>
                    <encryption format='luks'><secret type='passphrase' uuid='%s'/></encryption>
                  </source>
                  <backingStore/>
                  <target dev='vda' bus='virtio'/>
                </disk>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='raw'/>
                  <source file='/shared/b'/>
                  <target dev='vdb' bus='virtio'/>
                </disk>
                <serial type='file'><source path='/log'/><target port='0'/></serial>
              </devices>
            </domain>
            """.formatted(OLD);

    @Test
    void a_disk_that_moves_is_named_there_with_its_own_place_format_and_secret() {
        MachineXml there = MachineXml.read(moved());

        DiskXml disk = there.disk(new VolumeId("new")).orElseThrow();
        assertThat(disk.place()).isEqualTo(new Place("block", "/dev/there"));
        assertThat(disk.secret()).contains(NEW);
        assertThat(disk.target()).isEqualTo("vda");
        assertThat(moved()).contains("cache=\"none\"").doesNotContain("/here/a", "qcow2", "backingStore");
    }

    @Test
    void what_stays_and_what_others_noted_stays() {
        MachineXml there = MachineXml.read(moved());

        assertThat(there.disk(STAYING).map(DiskXml::place)).contains(new Place("file", "/shared/b"));
        assertThat(there.disk(MOVING)).isEmpty();
        assertThat(there.metadata().tags()).containsExactly(Map.entry("owner", "x"));
        assertThat(there.metadata().merges())
                .as("a merge that was begun")
                .hasSize(1)
                .isEqualTo(MachineXml.read(MACHINE).metadata().merges());
        assertThat(there.metadata().platform())
                .isEqualTo(MachineXml.read(MACHINE).metadata().platform());
        assertThat(moved()).contains("urn:other", "kept");
    }

    @Test
    void what_arrives_says_where_it_came_from_and_which_keys_it_had_there() {
        assertThat(MoveNote.read(moved())).contains(NOTE);
        assertThat(MoveNote.read(MACHINE)).isEmpty();
        assertThat(NOTE.leads(OLD, NEW)).isTrue();
        assertThat(NOTE.leads(NEW, OLD)).isFalse();
        assertThat(MoveNote.read("<domain><metadata>" + NOTE.document() + "</metadata></domain>"))
                .contains(NOTE);
    }

    @Test
    void a_note_that_others_wrote_badly_is_none() {
        assertThat(MoveNote.read("<domain><metadata><move from='x' to='y'/></metadata></domain>"))
                .isEmpty();
        assertThat(MoveNote.read("<domain><metadata><move from='" + OLD + "' to='" + NEW
                        + "'><volume id='v'/><target-key id='z'/></move></metadata></domain>"))
                .contains(new MoveNote(OLD, NEW, Map.of(), Set.of(), Set.of(), MoveNote.Arrival.AS_IT_WAS));
    }

    @Test
    void a_serial_log_goes_on_where_the_source_stopped() {
        assertThat(moved()).contains("append=\"on\"");
    }

    private static String moved() {
        try (Secret key = Secret.random()) {
            Disk target = Disk.of(
                            new VolumeId("new"), new Attachment.BlockDevice(Path.of("/dev/there")), ImageFormat.LUKS)
                    .unlockedBy(key);
            return MovedXml.write(MACHINE, Map.of(MOVING, target), disk -> Optional.of(NEW), Map.of(), NOTE);
        }
    }
}
