package io.hvkit.qemu.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.inspect.HostileImages.Hostile;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every hostile image is refused by the rule that is meant for it, soon, in little memory, and nothing that it names is opened. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostileImagesIT {

    private static final String CANARY = "canary-in-a-coal-mine";
    private static final long MOST_ALLOCATED = 64L << 20;
    private static final Duration LONGEST = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private Path pipe;
    private Path canary;
    private OpenedFiles opened;

    @BeforeEach
    void set_traps() throws Exception {
        pipe = directory.resolve("pipe");
        Process mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assertThat(mkfifo.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(mkfifo.exitValue()).isZero();
        canary = Files.writeString(directory.resolve("canary"), CANARY);
        opened = OpenedFiles.in(directory);
    }

    @AfterEach
    void stop_watching() {
        opened.close();
    }

    @Test
    void there_are_more_than_two_hundred_and_no_two_are_the_same() {
        List<Hostile> all = HostileImages.corpus(pipe, canary);
        assertThat(all).hasSizeGreaterThan(300);
        assertThat(all).extracting(Hostile::name).doesNotHaveDuplicates();
        Set<Integer> contents = new HashSet<>();
        all.forEach(hostile -> contents.add(Arrays.hashCode(hostile.bytes())));
        assertThat(contents).hasSizeGreaterThan(200);
    }

    @TestFactory
    Stream<DynamicTest> each_is_refused_by_its_rule() {
        return HostileImages.corpus(pipe, canary).stream()
                .map(hostile -> dynamicTest(hostile.name(), () -> refused(hostile)));
    }

    private void refused(Hostile hostile) throws Exception {
        Path file = Files.write(directory.resolve("hostile"), hostile.bytes());
        long allocated = allocated();
        long began = System.nanoTime();
        InspectedImage image = UntrustedImage.at(file).inspect();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONGEST);
        assertThat(allocated() - allocated).isLessThan(MOST_ALLOCATED);
        List<Finding> refused = ImagePolicy.forTemplates().judge(image);
        assertThat(refused).as(image.toString()).extracting(Finding::kind).contains(hostile.rule());
        assertThat(image.toString()).doesNotContain(CANARY).doesNotContain("\n").doesNotContain("\u001b");
        assertThatThrownBy(() -> ImagePolicy.forTemplates().require(image))
                .isInstanceOfSatisfying(
                        DriverException.class,
                        e -> assertThat(e.failure()).isIn(Failure.INVALID_REQUEST, Failure.CORRUPT_DATA))
                .hasMessageContaining(hostile.rule().name())
                .hasMessageContaining(hostile.rule().wayOut());
        streamed(hostile, image);
        assertThat(opened.names()).containsExactly("hostile");
        Files.delete(file);
    }

    /** Returns what this thread has taken from the heap so far; by reflection, since this module does not read the JDK's management. */
    private static long allocated() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getThreadAllocatedBytes", long.class)
                .invoke(threads, Thread.currentThread().getId());
    }

    private static void streamed(Hostile hostile, InspectedImage image) throws Exception {
        try (ImageStream stream = UntrustedImage.streaming(new ByteArrayInputStream(hostile.bytes()))) {
            assertThat(stream.transferTo(OutputStream.nullOutputStream())).isEqualTo(hostile.bytes().length);
            InspectedImage seen = stream.inspect();
            assertThat(ImagePolicy.forTemplates().judge(seen)).isNotEmpty();
            if (!seen.has(Finding.Kind.NOT_SEEN)) {
                assertThat(seen).isEqualTo(image);
            }
        }
    }

    @Test
    void sound_samples_have_no_findings_that_are_not_meant() throws Exception {
        for (var sample : Samples.sound().entrySet()) {
            Path file = Files.write(directory.resolve(sample.getKey()), sample.getValue());
            List<Finding> findings = UntrustedImage.at(file).inspect().findings();
            assertThat(findings)
                    .as(sample.getKey())
                    .allMatch(finding -> finding.kind() == Finding.Kind.ENCRYPTED
                            && sample.getKey().contains("luks"));
        }
    }

    @Test
    void what_else_is_opened_would_be_seen() throws Exception {
        Files.writeString(directory.resolve("hostile"), "x");
        assertThat(opened.names()).containsExactly("hostile");
        assertThat(Files.readString(canary, StandardCharsets.UTF_8)).isEqualTo(CANARY);
        try (FileChannel both = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertThat(both.isOpen()).isTrue(); // for both, it does not wait for another end
        }
        assertThat(opened.names()).containsExactly("canary", "pipe");
        assertThat(opened.names()).isEmpty();
    }
}
