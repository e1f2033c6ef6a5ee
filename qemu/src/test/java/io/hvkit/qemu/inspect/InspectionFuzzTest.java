package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
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
    }

    @FuzzTest
    void vdi(byte[] data) throws Exception {
        read(new VdiFormat(), data);
    }

    @FuzzTest
    void iso(byte[] data) throws Exception {
        read(new IsoFormat(), data);
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
