package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Whatever the bytes, each reader ends with findings and never with a failure. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class InspectionFuzzTest {

    @FuzzTest
    void qcow2(byte[] data) throws Exception {
        read(new Qcow2Format(), data);
    }

    @FuzzTest
    void qcow(byte[] data) throws Exception {
        read(new QcowFormat(), data);
    }

    @FuzzTest
    void qed(byte[] data) throws Exception {
        read(new QedFormat(), data);
    }

    @FuzzTest
    void luks1(byte[] data) throws Exception {
        read(new Luks1Format(), data);
    }

    @FuzzTest
    void luks2(byte[] data) throws Exception {
        read(new Luks2Format(), data);
        // As JSON behind a checksum that fits, which no fuzzer would find.
        String json = new String(data, 0, Math.min(data.length, 8192), StandardCharsets.ISO_8859_1);
        read(new Luks2Format(), Samples.luks2(json, Samples.NOTHING));
    }

    @FuzzTest
    void vmdk(byte[] data) throws Exception {
        read(new VmdkFormat(), data);
    }

    @FuzzTest
    void vhd(byte[] data) throws Exception {
        read(new VhdFormat(), data);
    }

    @FuzzTest
    void vhdx(byte[] data) throws Exception {
        read(new VhdxFormat(), data);
        // Over the parts of a sound one, before its checksums are made.
        Samples.Edit items = image -> over(image, 65536, data, 384, 128);
        read(
                new VhdxFormat(),
                HyperVSamples.vhdx(
                        image -> over(image, 0, data, 0, 128),
                        image -> over(image, 0, data, 128, 128),
                        Samples.all(image -> over(image, 0, data, 256, 128), items)));
    }

    @FuzzTest
    void vdi(byte[] data) throws Exception {
        read(new VdiFormat(), data);
    }

    @FuzzTest
    void iso(byte[] data) throws Exception {
        read(new IsoFormat(), data);
        read(new IsoFormat(), Samples.iso(image -> over(image, 32768, data, 0, 8192)));
    }

    @FuzzTest
    void partitions(byte[] data) throws Exception {
        Report report = new Report(FileFormat.RAW);
        try {
            new DiskContent(new Bytes(new Memory(data), Duration.ofSeconds(10)), report).partitions();
        } catch (Refusal e) {
            report.add(e.finding());
        }
        proper(report);
    }

    /** A file and a stream of the same bytes are the same image, unless something had passed. */
    @FuzzTest
    void all_at_once(byte[] data) throws Exception {
        InspectedImage whole = UntrustedImage.from(new Memory(data)).inspect();
        assertThat(whole.formats()).isNotEmpty();
        assertThat(whole.toString()).doesNotContain("\n");
        try (ImageStream stream = UntrustedImage.streaming(new ByteArrayInputStream(data))) {
            stream.transferTo(OutputStream.nullOutputStream());
            assertThat(stream.inspect()).isEqualTo(whole);
        }
    }

    /** Changes the image wherever the data is not zero. */
    private static void over(ByteBuffer image, int at, byte[] data, int from, int count) {
        for (int i = 0; i < count && from + i < data.length; i++) {
            image.put(at + i, (byte) (image.get(at + i) ^ data[from + i]));
        }
    }

    private static void read(FormatReader reader, byte[] data) throws Exception {
        Bytes bytes = new Bytes(new Memory(data), Duration.ofSeconds(10));
        Report report = new Report(reader.format());
        try {
            if (reader.matches(bytes)) {
                reader.read(bytes, report);
            }
        } catch (Refusal e) {
            report.add(e.finding());
        }
        proper(report);
    }

    private static void proper(Report report) {
        assertThat(report.virtualSize()).isNotNegative();
        assertThat(report.findings()).hasSizeLessThan(100);
        assertThat(report.references()).hasSizeLessThan(100);
        report.findings()
                .forEach(finding ->
                        assertThat(finding.text()).doesNotContain("\n").hasSizeLessThan(1000));
    }
}
