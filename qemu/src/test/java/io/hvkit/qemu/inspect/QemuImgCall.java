package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of qemu-img, to compare with.
 *
 * @param exitCode zero if it succeeded
 * @param said what it printed, errors included
 */
record QemuImgCall(int exitCode, String said) {

    private static final int MOST_TRIES = 20;

    /** Runs it, whatever comes of it; again if qemu could not measure the processor, which it fails at by chance. */
    static QemuImgCall run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("qemu-img"));
        command.addAll(List.of(arguments));
        for (int tries = 1; ; tries++) {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            if (tries == MOST_TRIES || !said.contains("Unable to get accurate CPU usage")) {
                return new QemuImgCall(process.exitValue(), said);
            }
        }
    }

    /** Runs it, and returns what it printed. */
    static String succeed(String... arguments) throws Exception {
        QemuImgCall call = run(arguments);
        assertThat(call.exitCode())
                .as("%s: %s", List.of(arguments), call.said())
                .isZero();
        return call.said();
    }
}
