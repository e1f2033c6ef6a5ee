package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class ToolLimitsIT {

    private static final ToolLimits NARROW = ToolLimits.usual().addressSpace(ByteSize.mebibytes(10));

    private final CommandRunner runner = CommandRunner.local();

    @TempDir
    private Path directory;

    @Test
    void a_program_that_only_computes_is_ended_by_its_limit() {
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> runner.run(Command.of("sh", "-c", "while :; do :; done")
                        .untilDone()
                        .limitedTo(ToolLimits.none().cpuTime(Duration.ofMillis(200)))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(e).hasMessageContaining("0.2 s of processor time").hasMessageContaining("limitedTo");
    }

    @Test
    void a_program_that_does_not_listen_to_the_first_signal_is_killed_by_the_next() {
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> runner.run(Command.of("sh", "-c", "trap '' XCPU; while :; do :; done")
                        .untilDone()
                        .limitedTo(ToolLimits.none().cpuTime(Duration.ofSeconds(1)))));

        assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT);
        assertThat(e).hasMessageContaining("1 s of processor time").hasMessageContaining("memory ran out");
    }

    @Test
    void a_program_that_gets_no_memory_is_told_by_its_limit() throws Exception {
        Path disk = Disks.random(directory.resolve("disk"), ByteSize.mebibytes(1), 3);

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> runner.run(Command.of("qemu-img", "info", "-f", "raw", disk.toString())
                        .limitedTo(NARROW)));

        assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
        assertThat(e).hasMessageContaining("10 MiB of address space").hasMessageContaining("limitedTo");
    }

    @Test
    void a_copy_that_gets_no_memory_leaves_nothing() throws Exception {
        Image source = Image.raw(Disks.random(directory.resolve("source"), ByteSize.mebibytes(1), 3));
        Path program = Scripts.write(
                directory.resolve("narrow-qemu-img"),
                "case \"$*\" in *null-co*) ;; convert*) exec prlimit --as=" + (10 << 20) + " qemu-img \"$@\";; esac",
                "exec qemu-img \"$@\"");
        QemuImg qemuImg = QemuImg.probe(runner, program);

        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.convert(ConvertRequest.of(source, Image.raw(directory.resolve("target")))));

        assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(Disks.names(directory)).containsExactly("narrow-qemu-img", "source");
    }

    @Test
    void the_widest_copy_fits_into_the_usual_limits() throws Exception {
        Path source = Disks.random(directory.resolve("source"), ByteSize.mebibytes(64), 3);
        Path target = directory.resolve("target");

        CommandResult result = runner.run(Command.of(
                "qemu-img",
                "convert",
                "-W",
                "-m",
                "16",
                "-f",
                "raw",
                "-O",
                "raw",
                source.toString(),
                target.toString()));

        assertThat(result).isEqualTo(CommandResult.of(0, "", ""));
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    @Test
    void looking_at_an_image_of_many_terabytes_fits_into_the_limits_for_untrusted_ones() throws Exception {
        Image image = Image.qcow2(directory.resolve("disk"));
        QemuImg qemuImg = QemuImg.probe(runner);
        qemuImg.create(image, ByteSize.tebibytes(32));

        assertThat(qemuImg.limitedTo(ToolLimits.forUntrusted()).info(image).virtualSize())
                .isEqualTo(ByteSize.tebibytes(32));
        assertThat(qemuImg.limitedTo(ToolLimits.forUntrusted()).check(image).verdict())
                .isEqualTo(CheckResult.Verdict.CLEAN);
    }

    @Test
    void no_core_dump_is_left_whatever_the_limits_are() throws Exception {
        for (ToolLimits limits : List.of(ToolLimits.none(), ToolLimits.usual(), ToolLimits.forUntrusted())) {
            String text = runner.run(Command.of("cat", "/proc/self/limits").limitedTo(limits))
                    .output();
            assertThat(HardLimits.parse(text).core()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void limits_that_this_process_has_itself_are_kept_and_not_asked_to_rise() throws Exception {
        HardLimits hard = new HardLimits(5, 1L << 30, 0);
        List<String> unprivileged = new ArrayList<>(List.of(
                "prlimit",
                "--core=0:0",
                "--as=" + (1L << 30),
                "--cpu=5",
                "--",
                "setpriv",
                "--reuid=65534",
                "--clear-groups"));
        ToolLimits limits = ToolLimits.usual().cpuTime(Duration.ofSeconds(30));
        unprivileged.addAll(new Prlimit(hard).wrap("prlimit", limits, List.of("cat", "/proc/self/limits")));

        CommandResult result = runner.run(Command.of(unprivileged).limitedTo(ToolLimits.none()));

        assertThat(result.errors()).isEmpty();
        assertThat(HardLimits.parse(result.output())).isEqualTo(hard);
    }

    @Test
    void a_host_without_the_program_that_sets_limits_runs_nothing() throws Exception {
        Path answer = directory.resolve("answer");
        Disks.run(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "for p in /usr/bin/prlimit /bin/prlimit; do [ ! -e $p ] || mount --bind /dev/null $p; done; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LocaleProgram.class.getName(),
                "work",
                directory.toString(),
                answer.toString());

        assertThat(Files.readString(answer, StandardCharsets.UTF_8))
                .startsWith("HOST_NOT_READY prlimit")
                .contains("util-linux");
    }

    @Test
    void limits_that_make_no_sense_are_refused() {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> ToolLimits.none().addressSpace(ByteSize.ZERO))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> ToolLimits.none().cpuTime(Duration.ZERO))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }

    @Test
    void limits_are_told_in_words() {
        assertThat(ToolLimits.forUntrusted()).hasToString("30 s of processor time, 1 GiB of address space");
        assertThat(ToolLimits.usual()).hasToString("any amount of processor time, 16 GiB of address space");
        assertThat(ToolLimits.usual().addressSpace(ByteSize.gibibytes(1)).cpuTime(Duration.ofSeconds(30)))
                .isEqualTo(ToolLimits.forUntrusted())
                .hasSameHashCodeAs(ToolLimits.forUntrusted());
    }
}
