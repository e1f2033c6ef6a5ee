package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of image that qemu-img makes is made, and our reading of it is compared with what qemu-img says. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QemuAgreementIT {

    private static final Map<String, FileFormat> FORMATS = Map.of(
            "raw", FileFormat.RAW,
            "qcow2", FileFormat.QCOW2,
            "qcow", FileFormat.QCOW,
            "qed", FileFormat.QED,
            "vdi", FileFormat.VDI,
            "vpc", FileFormat.VHD,
            "vhdx", FileFormat.VHDX,
            "vmdk", FileFormat.VMDK,
            "luks", FileFormat.LUKS1);

    @TempDir
    private Path directory;

    @TestFactory
    List<DynamicTest> plain_images_are_read_as_qemu_reads_them_and_are_fit_for_templates() {
        return Recipe.plain().stream()
                .map(recipe -> dynamicTest(recipe.toString(), () -> {
                    Path image = make(recipe);
                    InspectedImage inspected = agree(recipe.format(), image);
                    if (List.of("qcow", "qed").contains(recipe.format())) {
                        assertThat(ImagePolicy.forTemplates().judge(inspected))
                                .extracting(Finding::kind)
                                .containsExactly(Finding.Kind.FORMAT_NOT_ALLOWED);
                    } else {
                        ImagePolicy.forTemplates().require(inspected);
                    }
                    if (Files.size(image) < 1L << 30) { // a sparse terabyte would take minutes to flow past
                        assertThat(stream(image)).isEqualTo(inspected);
                    }
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> images_with_data_in_them_are_read_as_qemu_reads_them() {
        return List.of(
                        Recipe.of("qcow2", ""),
                        Recipe.of("qcow2", "", "compression_type=zstd"),
                        Recipe.of("qcow", ""),
                        Recipe.of("qed", ""),
                        Recipe.of("vdi", ""),
                        Recipe.of("vpc", ""),
                        Recipe.of("vpc", "", "subformat=fixed"),
                        Recipe.of("vhdx", ""),
                        Recipe.of("vmdk", ""),
                        Recipe.of("vmdk", "", "subformat=streamOptimized"))
                .stream()
                .map(recipe -> dynamicTest(recipe.toString(), () -> {
                    byte[] disk = new byte[5 << 20];
                    Arrays.fill(disk, 1 << 20, (1 << 20) + 77_000, (byte) 'x');
                    Arrays.fill(disk, disk.length - 70_000, disk.length, (byte) 'y');
                    Path raw = Files.write(directory.resolve("content"), disk);
                    Path image = directory.resolve(
                            "filled." + recipe.format() + recipe.options().size());
                    List<String> command = new ArrayList<>(List.of("convert", "-f", "raw", "-O", recipe.format()));
                    recipe.options().forEach(option -> command.addAll(List.of("-o", option)));
                    command.addAll(List.of(raw.toString(), image.toString()));
                    QemuImgCall.succeed(command.toArray(String[]::new));
                    InspectedImage inspected = agree(recipe.format(), image);
                    assertThat(inspected.findings()).isEmpty();
                    assertThat(stream(image)).isEqualTo(inspected);
                }))
                .toList();
    }

    @Test
    void what_names_other_files_is_read_as_qemu_reads_it_and_refused() throws Exception {
        Path base = make(Recipe.of("qcow2", "64M"));
        for (String format : List.of("qcow2", "qed", "qcow", "vmdk")) {
            Path overlay = directory.resolve("overlay." + format);
            String baseFormat = format.equals("vmdk") ? "vmdk" : "qcow2";
            Path below = format.equals("vmdk") ? make(Recipe.of("vmdk", "64M")) : base;
            QemuImgCall.succeed(
                    "create", "-q", "-f", format, "-b", below.toString(), "-F", baseFormat, overlay.toString());
            InspectedImage inspected = agree(format, overlay);
            assertThat(inspected.references()).extracting(Reference::name).containsExactly(below.toString());
            assertThat(ImagePolicy.forTemplates().judge(inspected))
                    .extracting(Finding::kind)
                    .contains(format.equals("vmdk") ? Finding.Kind.PARENT : Finding.Kind.BACKING_FILE);
            assertThat(stream(overlay)).isEqualTo(inspected);
        }
        Path data = directory.resolve("data");
        Path apart = make(Recipe.of("qcow2", "64M", "data_file=" + data, "data_file_raw=on"));
        InspectedImage inspected = agree("qcow2", apart);
        assertThat(inspected.references())
                .containsExactly(new Reference(Reference.Kind.DATA_FILE, data.toString(), Optional.of("raw")));
        assertThat(inspected.has(Finding.Kind.DATA_FILE)).isTrue();
        for (String subformat : List.of("monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat")) {
            InspectedImage split = agree("vmdk", make(Recipe.of("vmdk", "3G", "subformat=" + subformat)));
            assertThat(split.has(Finding.Kind.FOREIGN_EXTENT)).isTrue();
            assertThat(split.references()).hasSize(subformat.startsWith("two") ? 2 : 1);
        }
    }

    @Test
    void what_is_encrypted_is_read_as_qemu_reads_it() throws Exception {
        String key = "secret,id=k,data=not-a-key-of-anybody";
        Path luks = directory.resolve("luks");
        Path qcow2 = directory.resolve("encrypted");
        Path aes = directory.resolve("aes");
        List<String> create = List.of("create", "-q", "--object", key, "-f");
        qemuImg(create, "luks", "-o", "key-secret=k,iter-time=10", luks.toString(), "4M");
        qemuImg(
                create,
                "qcow2",
                "-o",
                "encrypt.format=luks,encrypt.key-secret=k,encrypt.iter-time=10",
                qcow2.toString(),
                "4M");
        qemuImg(create, "qcow", "-o", "encrypt.format=aes,encrypt.key-secret=k", aes.toString(), "4M");
        assertThat(agree("luks", luks).encryption()).isEqualTo(Encryption.LUKS);
        assertThat(agree("qcow2", qcow2).encryption()).isEqualTo(Encryption.LUKS);
        assertThat(agree("qcow", aes).encryption()).isEqualTo(Encryption.LEGACY_AES);
        for (Path image : List.of(luks, qcow2)) {
            InspectedImage inspected = UntrustedImage.at(image).inspect();
            assertThat(inspected.findings()).extracting(Finding::kind).containsExactly(Finding.Kind.ENCRYPTED);
            assertThat(stream(image)).isEqualTo(inspected);
            ImagePolicy.forVolumes().require(inspected);
            ImagePolicy.forBackups().require(inspected);
        }
    }

    @Test
    void a_block_device_is_read_as_a_file_is_also_through_a_link() throws Exception {
        Path image = make(Recipe.of("vmdk", "64M"));
        Process attach = new ProcessBuilder("losetup", "--find", "--show", image.toString()).start();
        String device = new String(attach.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(attach.waitFor()).isZero();
        try {
            InspectedImage file = UntrustedImage.at(image).inspect();
            Path link = Files.createSymbolicLink(directory.resolve("by-id"), Path.of(device));
            assertThat(UntrustedImage.at(Path.of(device)).inspect()).isEqualTo(file);
            assertThat(UntrustedImage.at(link).inspect()).isEqualTo(file);
        } finally {
            assertThat(new ProcessBuilder("losetup", "--detach", device).start().waitFor())
                    .isZero();
        }
    }

    @Test
    void snapshots_and_bitmaps_are_counted_as_qemu_counts_them() throws Exception {
        Path image = make(Recipe.of("qcow2", "64M"));
        QemuImgCall.succeed("snapshot", "-c", "monday", image.toString());
        QemuImgCall.succeed("snapshot", "-c", "tuesday", image.toString());
        QemuImgCall.succeed("bitmap", "--add", "-f", "qcow2", image.toString(), "b1");
        InspectedImage inspected = agree("qcow2", image);
        assertThat(inspected.qcow2().orElseThrow().snapshots()).isEqualTo(2);
        assertThat(inspected.qcow2().orElseThrow().bitmaps()).isEqualTo(1);
        assertThat(inspected.findings())
                .extracting(Finding::kind)
                .containsExactlyInAnyOrder(Finding.Kind.INTERNAL_SNAPSHOTS, Finding.Kind.BITMAPS);
        assertThat(ImagePolicy.forTemplates().judge(inspected)).hasSize(1);
        ImagePolicy.forVolumes().require(inspected);
    }

    /** Compares, and returns our reading. */
    private static InspectedImage agree(String format, Path image) throws Exception {
        InspectedImage ours = UntrustedImage.at(image).inspect();
        JsonNode theirs =
                new JsonMapper().readTree(QemuImgCall.succeed("info", "--output=json", "-f", format, image.toString()));
        assertThat(theirs.path("format").asText()).isEqualTo(format);
        assertThat(ours.formats()).containsExactly(FORMATS.get(format));
        assertThat(ours.virtualSize().bytes())
                .isEqualTo(theirs.path("virtual-size").asLong());
        assertThat(ours.encryption() != Encryption.NONE)
                .isEqualTo(theirs.path("encrypted").asBoolean(false));
        boolean apart = ours.references().stream().anyMatch(reference -> reference.kind() == Reference.Kind.EXTENT);
        if (!apart && theirs.has("cluster-size") && theirs.path("cluster-size").asLong() > 0) {
            assertThat(ours.clusterSize().map(size -> size.bytes()))
                    .contains(theirs.path("cluster-size").asLong());
        }
        Optional<String> backing = ours.references().stream()
                .filter(reference ->
                        reference.kind() == Reference.Kind.BACKING_FILE || reference.kind() == Reference.Kind.PARENT)
                .map(Reference::name)
                .findFirst();
        assertThat(backing.orElse("")).isEqualTo(theirs.path("backing-filename").asText(""));
        ours.qcow2()
                .ifPresent(
                        details -> agree(details, theirs.path("format-specific").path("data")));
        return ours;
    }

    private static void agree(Qcow2Details details, JsonNode data) {
        assertThat(details.version() == 3)
                .isEqualTo(data.path("compat").asText().equals("1.1"));
        assertThat(details.compression().name())
                .isEqualToIgnoringCase(data.path("compression-type").asText("zlib"));
        assertThat(details.refcountBits()).isEqualTo(data.path("refcount-bits").asInt());
        assertThat(details.refcounts() == Qcow2Details.Refcounts.LAZY)
                .isEqualTo(data.path("lazy-refcounts").asBoolean());
        assertThat(details.l2Entries() == Qcow2Details.L2Entries.EXTENDED)
                .isEqualTo(data.path("extended-l2").asBoolean());
    }

    private static InspectedImage stream(Path image) throws Exception {
        try (ImageStream stream = UntrustedImage.streaming(Files.newInputStream(image))) {
            stream.transferTo(OutputStream.nullOutputStream());
            return stream.inspect();
        }
    }

    private Path make(Recipe recipe) throws Exception {
        Path image = Files.createTempDirectory(directory, "made").resolve("image." + recipe.format());
        List<String> command = new ArrayList<>(List.of("create", "-q", "-f", recipe.format()));
        recipe.options().forEach(option -> command.addAll(List.of("-o", option)));
        command.addAll(List.of(image.toString(), recipe.size()));
        QemuImgCall.succeed(command.toArray(String[]::new));
        return image;
    }

    private static void qemuImg(List<String> first, String... more) throws Exception {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        QemuImgCall.succeed(all.toArray(String[]::new));
    }
}
