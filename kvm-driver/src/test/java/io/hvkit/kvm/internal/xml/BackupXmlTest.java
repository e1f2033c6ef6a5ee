package io.hvkit.kvm.internal.xml;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BackupXmlTest {

    private static Disk image(String name) {
        Attachment at = new Attachment.ImageFile(Path.of("/backups/" + name));
        return Disk.of(new VolumeId(name), at, ImageFormat.QCOW2);
    }

    @Test
    void every_disk_of_the_machine_is_said_to_be_taken_or_not() {
        String xml = BackupXml.write(
                Map.of("vda", image("a"), "vdb", image("b")), Map.of("vdb", "monday"), Set.of("vda", "vdb", "vdc"));
        assertThat(xml).contains("mode=\"push\"").contains("backup=\"no\"").doesNotContain("encryption");
        assertThat(BackupXml.read(xml).parts())
                .containsExactlyInAnyOrder(
                        new BackupXml.Part("vda", Place.of(image("a").attachment()), Optional.empty()),
                        new BackupXml.Part("vdb", Place.of(image("b").attachment()), Optional.of("monday")));
    }

    @Test
    void an_image_with_a_key_is_written_with_its_secret_and_the_key_is_nowhere() {
        try (Secret key = Secret.random()) {
            Disk image = image("a").unlockedBy(key);
            String xml = BackupXml.write(Map.of("vda", image), Map.of(), Set.of("vda"));
            assertThat(xml)
                    .contains("format=\"luks\"")
                    .contains(SecretXml.idOf(image).orElseThrow().toString());
        }
    }

    @Test
    void what_others_write_and_nobody_understands_is_left_out() {
        assertThat(BackupXml.read("<domainbackup mode='pull'><server/></domainbackup>")
                        .parts())
                .isEqualTo(List.of());
    }
}
