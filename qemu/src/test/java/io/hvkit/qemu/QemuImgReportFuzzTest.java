package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Whatever qemu-img prints is either read or called a defect. */
class QemuImgReportFuzzTest {

    private static final Image IMAGE = Image.qcow2(Path.of("/pool/image"));

    @FuzzTest
    void a_report_is_read_or_refused(byte[] data) {
        String report = new String(data, StandardCharsets.UTF_8);
        try {
            assertThat(QemuImgReport.info(IMAGE, report).format()).isEqualTo(IMAGE.format());
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.DEFECT);
        }
    }

    @FuzzTest
    void every_other_report_is_read_or_refused(byte[] data) {
        String report = new String(data, StandardCharsets.UTF_8);
        for (Consumer<String> reader : List.<Consumer<String>>of(
                text -> QemuImgReport.chain(IMAGE, text),
                text -> QemuImgReport.check(IMAGE, CheckResult.Verdict.CLEAN, text),
                text -> QemuImgReport.end(IMAGE, text),
                text -> QemuImgReport.measurement(IMAGE, text),
                text -> QemuImgReport.extent(IMAGE, text),
                text -> QemuImgReport.mismatch(new CommandResult(1, text, "", 0)))) {
            try {
                reader.accept(report);
            } catch (DriverException e) {
                assertThat(e.failure()).isIn(Failure.DEFECT, Failure.UNSUPPORTED);
            }
        }
    }

    @FuzzTest
    void a_map_is_read_to_its_end_or_refused(byte[] data) throws Exception {
        QemuImg qemuImg = QemuImg.of(new QemuImgProgram(
                command -> {
                    ProgramOutput output = new ProgramOutput(new ByteArrayInputStream(data), command.listener());
                    output.finish();
                    return CommandResult.of(0, output.text(), "");
                },
                "qemu-img",
                "7.2",
                Set.of(QemuImgAbility.QCOW2),
                Optional.empty(),
                ToolLimits.usual()));
        try {
            qemuImg.map(
                    MapRequest.of(IMAGE), extent -> assertThat(extent.length()).isGreaterThan(ByteSize.ZERO));
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.DEFECT);
        }
    }
}
