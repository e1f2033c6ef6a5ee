package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class UntrustedImageTest {

    @TempDir
    private Path directory;

    private Path file(byte[] bytes) throws Exception {
        return Files.write(directory.resolve("image"), bytes);
    }

    @Test
    void the_snippet_of_the_package_works() throws Exception {
        Path upload = file(Samples.sound("qcow2-v3"));
        InspectedImage image = UntrustedImage.at(upload).inspect();
        ImagePolicy.forTemplates().require(image);
        assertThat(image.format()).contains(ImageFormat.QCOW2);
        assertThat(image.virtualSize()).isEqualTo(ByteSize.mebibytes(1));
        assertThat(image.fileSize()).isEqualTo(ByteSize.bytes(8192));
        assertThat(image.toString()).isEqualTo("[qcow2], a disk of 1 MiB in 8 KiB, no findings");
    }

    @Test
    void a_guests_qcow2_header_in_a_raw_disk_is_qcow2_to_whoever_asks_and_raw_to_its_owner() throws Exception {
        byte[] disk = new byte[1 << 20];
        byte[] header =
                Samples.qcow2(Samples.all(Samples.u64(8, 200), Samples.u32(16, 11), Samples.text(200, "/etc/shadow")));
        System.arraycopy(header, 0, disk, 0, header.length);
        Path volume = file(disk);
        InspectedImage asked = UntrustedImage.at(volume).inspect();
        assertThat(asked.format()).contains(ImageFormat.QCOW2);
        assertThat(asked.references()).extracting(Reference::name).containsExactly("/etc/shadow");
        assertThat(ImagePolicy.forTemplates().declaredAs(ImageFormat.RAW).judge(asked))
                .extracting(Finding::kind)
                .contains(Finding.Kind.BACKING_FILE, Finding.Kind.NOT_AS_DECLARED);
        InspectedImage pinned =
                UntrustedImage.at(volume).pinnedTo(ImageFormat.RAW).inspect();
        assertThat(pinned.format()).contains(ImageFormat.RAW);
        assertThat(pinned.findings()).isEmpty();
        assertThat(pinned.references()).isEmpty();
        assertThat(pinned.virtualSize()).isEqualTo(ByteSize.mebibytes(1));
    }

    @Test
    void an_image_that_is_not_what_it_is_pinned_to_is_found_so() throws Exception {
        Path raw = file(Samples.sound("mbr"));
        for (ImageFormat format : ImageFormat.values()) {
            InspectedImage pinned = UntrustedImage.at(raw).pinnedTo(format).inspect();
            assertThat(pinned.has(Finding.Kind.NOT_AS_DECLARED))
                    .as("%s", format)
                    .isEqualTo(format != ImageFormat.RAW);
            assertThat(pinned.format()).contains(format);
        }
        Path luks = file(Samples.sound("luks1"));
        assertThat(UntrustedImage.at(luks).pinnedTo(ImageFormat.LUKS).inspect().formats())
                .containsExactly(FileFormat.LUKS1);
    }

    @Test
    void what_is_no_file_fails_at_once_and_says_so() throws Exception {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> UntrustedImage.at(missing).inspect())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND))
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> UntrustedImage.at(directory).inspect())
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
        assertThatThrownBy(() -> UntrustedImage.at(Path.of("/dev/zero")).inspect())
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("neither a regular file nor a block device");
    }

    @Test
    void a_sparse_terabyte_costs_no_more_than_a_sector() throws Exception {
        Path sparse = directory.resolve("sparse");
        try (RandomAccessFile large = new RandomAccessFile(sparse.toFile(), "rw")) {
            large.setLength(1L << 40);
        }
        InspectedImage image = UntrustedImage.at(sparse).inspect();
        assertThat(image.virtualSize()).isEqualTo(ByteSize.tebibytes(1));
        ImagePolicy.forTemplates().require(image);
        assertThat(ImagePolicy.forTemplates().upTo(ByteSize.gibibytes(1023)).judge(image))
                .extracting(Finding::kind)
                .containsExactly(Finding.Kind.TOO_LARGE);
    }

    @Test
    void a_plain_image_takes_a_handful_of_reads() throws Exception {
        for (String name : List.of("qcow2-v3", "vmdk-sparse", "luks1", "mbr", "vdi", "vhd-dynamic")) {
            Memory memory = new Memory(Samples.sound(name), 1L << 30);
            InspectedImage image = UntrustedImage.from(memory).inspect();
            assertThat(image.fileSize()).isEqualTo(ByteSize.gibibytes(1));
            assertThat(memory.reads()).as(name).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void a_file_as_long_as_can_be_is_no_trouble() throws Exception {
        for (byte[] sample : Samples.sound().values()) {
            InspectedImage image =
                    UntrustedImage.from(new Memory(sample, Long.MAX_VALUE)).inspect();
            assertThat(image.fileSize().bytes()).isEqualTo(Long.MAX_VALUE);
            assertThat(image.virtualSize().bytes()).isNotNegative();
        }
    }

    @Test
    void time_that_is_up_is_a_finding() throws Exception {
        InspectedImage image = UntrustedImage.at(file(Samples.sound("vhdx")))
                .within(Duration.ofNanos(1))
                .inspect();
        assertThat(image.has(Finding.Kind.UNFINISHED)).isTrue();
        assertThat(ImagePolicy.forVolumes().judge(image)).isNotEmpty();
        assertThatThrownBy(() -> UntrustedImage.at(directory).within(Duration.ZERO))
                .isInstanceOf(DriverException.class);
    }

    @Test
    void a_source_that_becomes_shorter_is_a_finding() throws Exception {
        byte[] bytes = Samples.sound("qcow2-v3");
        ByteSource shrinking = new ByteSource() {
            @Override
            public ByteSize length() {
                return ByteSize.bytes(bytes.length);
            }

            @Override
            public byte[] read(long offset, int count) {
                return new Memory(bytes, 90).read(offset, count);
            }
        };
        assertThat(UntrustedImage.from(shrinking).inspect().has(Finding.Kind.TRUNCATED))
                .isTrue();
    }

    @Test
    void an_interrupted_inspection_ends_as_that() throws Exception {
        Path image = file(Samples.sound("qcow2-v3"));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> UntrustedImage.at(image).inspect()).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void names_of_files_are_data_as_they_are_and_text_escaped() throws Exception {
        String name = "a'b\n\u202e\u001b[2J/\u00e9x";
        byte[] image = Samples.qcow2(image1 -> {
            byte[] utf8 = Samples.utf8(name);
            image1.putLong(8, 200).putInt(16, utf8.length);
            image1.put(200, utf8);
        });
        InspectedImage inspected = UntrustedImage.at(file(image)).inspect();
        assertThat(inspected.references()).extracting(Reference::name).containsExactly(name);
        assertThat(inspected.findings().get(0).text())
                .contains("'a\\'b\\x0a\\u{202e}\\x1b[2J/\u00e9x'")
                .doesNotContain("\n");
        assertThat(inspected.references().get(0).toString()).doesNotContain("\n");
    }

    @Test
    void refusals_name_each_finding_and_the_way_out_and_leave_all_as_it_was() throws Exception {
        InspectedImage image = UntrustedImage.at(
                        file(Samples.qcow2(Samples.all(Samples.u64(72, 7), Samples.u32(60, 1), Samples.u64(64, 4096)))))
                .inspect();
        assertThatThrownBy(() -> ImagePolicy.forTemplates().require(image))
                .isInstanceOfSatisfying(DriverException.class, e -> {
                    assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                })
                .hasMessageContainingAll(
                        "a template", "DIRTY", "MARKED_CORRUPT", "DATA_FILE", "INTERNAL_SNAPSHOTS", "convert");
        InspectedImage broken =
                UntrustedImage.at(file(Samples.qcow2(Samples.u64(72, 3)))).inspect();
        assertThatThrownBy(() -> ImagePolicy.forTemplates().require(broken))
                .isInstanceOfSatisfying(DriverException.class, e -> {
                    assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                });
    }

    @Test
    void what_is_permitted_by_name_is_taken_and_nothing_else() throws Exception {
        InspectedImage image =
                UntrustedImage.at(file(Samples.qcow2(Samples.u64(72, 3)))).inspect();
        ImagePolicy lenient = ImagePolicy.forTemplates().permitting(Finding.Kind.DIRTY);
        assertThat(lenient.judge(image)).extracting(Finding::kind).containsExactly(Finding.Kind.MARKED_CORRUPT);
        assertThatCode(() -> lenient.permitting(Finding.Kind.MARKED_CORRUPT).require(image))
                .doesNotThrowAnyException();
        for (Finding.Kind own :
                List.of(Finding.Kind.FORMAT_NOT_ALLOWED, Finding.Kind.NOT_AS_DECLARED, Finding.Kind.TOO_LARGE)) {
            assertThatThrownBy(() -> lenient.permitting(own)).isInstanceOf(DriverException.class);
        }
    }

    @Test
    void a_disc_is_taken_as_a_disc_hybrid_or_not_and_as_raw_if_so_declared() throws Exception {
        InspectedImage plain = UntrustedImage.at(file(Samples.sound("iso"))).inspect();
        InspectedImage hybrid = UntrustedImage.at(
                        file(Samples.iso(image -> image.put(0, Samples.sound("mbr"), 0, 512))))
                .inspect();
        assertThat(hybrid.partitionTable()).contains(PartitionTable.MBR);
        for (InspectedImage disc : List.of(plain, hybrid)) {
            ImagePolicy.forIso().require(disc);
            ImagePolicy.forIso().declaredAs(ImageFormat.RAW).require(disc);
            assertThat(ImagePolicy.forTemplates().judge(disc)).isNotEmpty();
        }
        InspectedImage disk = UntrustedImage.at(file(Samples.sound("gpt"))).inspect();
        assertThat(disk.partitionTable()).contains(PartitionTable.GPT);
        assertThat(ImagePolicy.forIso().judge(disk)).hasSize(1);
        ImagePolicy.forTemplates().require(disk);
    }

    @Test
    void a_file_system_without_partitions_is_no_broken_table() throws Exception {
        byte[] fat = new byte[4096];
        System.arraycopy(Samples.ascii("\u00eb<\u0090mkfs.fat"), 0, fat, 0, 11);
        System.arraycopy(
                Samples.ascii("This is not a bootable disk.  Please insert a bootable floppy"), 0, fat, 446, 60);
        fat[510] = 0x55;
        fat[511] = (byte) 0xAA;
        InspectedImage image = UntrustedImage.at(file(fat)).inspect();
        assertThat(image.findings()).isEmpty();
        assertThat(image.partitionTable()).isEmpty();
    }

    @Test
    void policies_are_values() {
        assertThat(ImagePolicy.forTemplates().declaredAs(ImageFormat.RAW))
                .isEqualTo(ImagePolicy.forTemplates().declaredAs(ImageFormat.RAW))
                .isNotEqualTo(ImagePolicy.forTemplates())
                .hasSameHashCodeAs(ImagePolicy.forTemplates().declaredAs(ImageFormat.RAW));
        assertThat(ImagePolicy.forTemplates().taking(FileFormat.QED).toString()).contains("qed");
    }
}
