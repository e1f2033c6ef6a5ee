package io.hvkit.kvm.internal.xml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.BootSource;
import io.hvkit.hypervisor.spi.Discard;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskCache;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachineXmlTest {

    private static final UUID SECRET = UUID.fromString("20b8b158-b615-3d2a-a048-795b841bfa6d");
    private static final UUID ID = UUID.fromString("2626a5ab-a457-4b4e-884e-8530935fa54e");
    private static final VolumeId VOLUME = new VolumeId("v&1");
    private static final Disk DISK =
            Disk.of(VOLUME, new Attachment.ImageFile(Path.of("/pool/a<b>&\"'c,d=e größe.qcow2")), ImageFormat.QCOW2);
    private static final MachineSpec SPEC = MachineSpec.named("web&01")
            .cpus(2)
            .memory(ByteSize.mebibytes(256))
            .with(DISK)
            .booting(KernelBoot.of(Path.of("/k<1>")).initrd(Path.of("/i")).commandLine("quiet x=\"1\" & y"))
            .serialLog(Path.of("/log"));

    @Test
    void what_is_written_is_read_back() {
        MachineXml read = MachineXml.read(written(SPEC, Optional.of(SECRET)));

        assertThat(read.name()).isEqualTo("web&01");
        assertThat(read.id()).contains(ID);
        assertThat(read.machineDisks()).containsExactly(new MachineDisk(VOLUME, DISK.attachment()));
        assertThat(read.secrets()).containsExactly(SECRET);
        assertThat(read.disk(VOLUME).orElseThrow().target()).isEqualTo("vda");
    }

    @Test
    void what_is_written_is_what_was_asked_for_and_nothing_else_is() {
        MachineXml read = MachineXml.read(written(SPEC, Optional.empty()));

        assertThat(read.matches(SPEC)).isTrue();
        assertThat(read.matches(SPEC.cpus(1))).isFalse();
        assertThat(MachineXml.read(written(SPEC, Optional.of(SECRET))).matches(SPEC))
                .as("an encrypted disk is another than a plain one")
                .isFalse();
    }

    @Test
    void descriptions_are_ascii_so_that_no_locale_changes_them() {
        assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(written(SPEC, Optional.empty())))
                .isTrue();
    }

    @Test
    void a_key_never_stands_in_a_description() {
        try (Secret key = Secret.copyOf("canary-passphrase".getBytes(StandardCharsets.UTF_8))) {
            MachineSpec locked = MachineSpec.named("m").with(DISK.unlockedBy(key));

            assertThat(written(locked, Optional.of(SECRET))).doesNotContain("canary-passphrase");
        }
    }

    @Test
    void a_disk_without_a_secret_has_no_encryption_element() {
        assertThat(written(SPEC, Optional.empty())).doesNotContain("encryption");
    }

    @Test
    void a_luks_disk_is_raw_to_libvirt_and_opened_with_its_secret() {
        Disk luks = Disk.of(VOLUME, new Attachment.BlockDevice(Path.of("/dev/sdb")), ImageFormat.LUKS);

        assertThat(DiskXml.copyTarget(luks, Optional.of(SECRET), Optional.empty()))
                .contains("type=\"block\"", "type=\"raw\"", "dev=\"/dev/sdb\"", SECRET.toString())
                .doesNotContain("slice");
        assertThat(DiskXml.copyTarget(luks, Optional.of(SECRET), Optional.of(ByteSize.mebibytes(3))))
                .contains("<slice offset=\"0\" size=\"3145728\" type=\"storage\"/>");
    }

    @Test
    void a_copy_under_way_is_seen_with_its_target_and_readiness() {
        String xml = """
                <domain type='qemu'><name>m</name><vcpu>1</vcpu><memory unit='KiB'>131072</memory><devices>
                <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a'/>
                <mirror type='file' job='copy' ready='yes'><format type='raw'/><source file='/b'>
                <encryption format='luks'><secret type='passphrase' uuid='%s'/></encryption></source></mirror>
                <target dev='vda' bus='virtio'/></disk></devices></domain>
                """.formatted(SECRET);

        DiskXml disk = MachineXml.read(xml).diskAt("vda").orElseThrow();

        assertThat(disk.mirror())
                .contains(new DiskXml.Mirror(
                        DiskXml.Purpose.MOVE,
                        new Place("file", "/b"),
                        "raw",
                        Optional.of(SECRET),
                        DiskXml.Readiness.READY));
        assertThat(disk.encrypted()).isEqualTo(DiskXml.Encryption.NONE);
    }

    @Test
    void a_domain_of_others_is_read_whatever_no_request_could_say() {
        String xml = """
                <domain type='kvm'><name>m</name><vcpu>1</vcpu><memory unit='KiB'>131072</memory>
                <os><kernel>boot/vmlinuz</kernel></os>
                <metadata><hvkit:machine xmlns:hvkit='https://hvkit.io/xmlns/machine/1'>
                <volume id='v 1' type='file' path='/a'/><board firmware='?' type='!' processor='!' memory='x'/>
                <boot from='TAPE'/></hvkit:machine></metadata><devices>
                <disk type='file' device='disk'><driver name='qemu' type='raw' cache='writeback' io='native'/>
                <source file='/a'/><serial>has spaces and is longer than twenty</serial><boot order='x'/>
                <iotune><total_bytes_sec>99999999999999999999</total_bytes_sec></iotune>
                <target dev='vda' bus='virtio'/></disk>
                <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
                <disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vdb' bus='virtio'/></disk>
                <interface type='bridge'><source bridge='ends with !'/><mac address='52:54:00:00:00:01'/></interface>
                <interface type='network'><source network='default'/><mac address='53:54:00:00:00:01'/></interface>
                <serial type='file'><source path='log'/></serial>
                </devices></domain>
                """;

        MachineXml read = MachineXml.read(xml);

        assertThat(read.targets()).containsExactlyInAnyOrder("vda", "vdb", "sda");
        assertThat(read.disks()).hasSize(1);
        assertThat(read.disks().get(0).device())
                .isEqualTo(DiskDevice.on(DiskBus.VIRTIO)
                        .cached(DiskCache.WRITEBACK)
                        .discarding(Discard.IGNORE));
        assertThat(read.kernel()).isEmpty();
        assertThat(read.nics()).containsExactly(Nic.onNetwork("default"));
        assertThat(read.volumes()).isEmpty();
        assertThat(read.metadata().bootOrder()).containsExactly(BootSource.DISK);
    }

    @Test
    void disks_are_lettered_as_linux_does() {
        assertThat(DiskNames.letters(0)).isEqualTo("a");
        assertThat(DiskNames.letters(25)).isEqualTo("z");
        assertThat(DiskNames.letters(26)).isEqualTo("aa");
        assertThat(DiskNames.letters(701)).isEqualTo("zz");
        assertThat(DiskNames.letters(702)).isEqualTo("aaa");
    }

    @Test
    void a_document_with_a_type_declaration_is_refused() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> MachineXml.read("<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><d>&e;</d>"))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
    }

    @Test
    void a_place_on_the_network_and_a_path_with_a_line_break_are_refused() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> Place.of(new Attachment.Remote(URI.create("rbd:pool/image"))))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> Place.of(new Attachment.ImageFile(Path.of("/a\nb"))))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void secrets_of_different_volumes_or_places_never_share_an_id() {
        Place place = new Place("file", "/a");

        assertThat(SecretXml.of(VOLUME, place)).isEqualTo(SecretXml.of(VOLUME, place));
        assertThat(SecretXml.of(VOLUME, place).id())
                .isNotEqualTo(SecretXml.of(VOLUME, new Place("file", "/b")).id())
                .isNotEqualTo(SecretXml.of(new VolumeId("w"), place).id())
                .isNotEqualTo(SecretXml.of(VOLUME, new Place("block", "/a")).id());
        assertThat(SecretXml.of(VOLUME, place).write()).contains("ephemeral=\"yes\"", "private=\"yes\"", "v&amp;1");
    }

    private static String written(MachineSpec spec, Optional<UUID> secret) {
        MachineXml before = MachineXml.read("<domain><uuid>" + ID + "</uuid></domain>");
        return DomainXml.write(spec, Optional.of(before), DomainXml.Acceleration.TCG, disk -> secret, Optional.empty());
    }
}
