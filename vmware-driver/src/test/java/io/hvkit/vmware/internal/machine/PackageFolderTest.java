package io.hvkit.vmware.internal.machine;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose the folder is in which a package is put together, and who may clear it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PackageFolderTest {

    @TempDir
    private Path directory;

    private Path descriptor;
    private Path work;

    @BeforeEach
    void name() {
        descriptor = directory.resolve("web.ovf");
        work = directory.resolve("web.ovf.part");
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireForeign() {
        requireRefused(Failure.EXISTS_DIFFERENTLY, work.toString());
    }

    private void requireRefused(Failure failure, String words) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> PackageFolder.of(descriptor).close())
                .withMessageContaining(words)
                .matches(e -> e.failure() == failure && e.effect() == Effect.NOT_APPLIED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "theirs", "folder", "link", "empty"})
    void a_folder_of_somebody_else_is_left_alone_and_named(String lock) throws Exception {
        Files.createDirectory(work);
        Files.writeString(work.resolve("thesis.txt"), "mine");
        switch (lock) {
            case "none" -> {}
            case "theirs" -> Files.writeString(work.resolve(".lock"), "pid 17");
            case "folder" -> Files.createDirectory(work.resolve(".lock"));
            case "link" ->
                Files.createSymbolicLink(
                        work.resolve(".lock"),
                        Files.writeString(
                                directory.resolve("x"), UUID.randomUUID().toString()));
            default -> Files.createFile(work.resolve(".lock"));
        }
        List<String> before = names(work);

        requireForeign();

        assertThat(names(work)).isEqualTo(before);
        assertThat(work.resolve("thesis.txt")).hasContent("mine");
    }

    @Test
    void a_link_to_a_folder_and_a_file_are_no_folder_of_ours() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve(".lock"), UUID.randomUUID().toString());
        Files.writeString(elsewhere.resolve("thesis.txt"), "mine");
        Files.createSymbolicLink(work, elsewhere);
        requireForeign();
        assertThat(names(elsewhere)).containsExactly(".lock", "thesis.txt");
        Files.delete(work);

        Files.writeString(work, "mine");
        requireForeign();
        assertThat(work).hasContent("mine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "an empty lock", "a lock and half a disk"})
    void what_an_export_left_when_it_was_killed_is_cleared(String left) throws Exception {
        Files.createDirectory(work);
        if (!left.equals("nothing")) {
            Files.createFile(work.resolve(".lock"));
        }
        if (left.endsWith("disk")) {
            Files.writeString(work.resolve(".lock"), UUID.randomUUID().toString());
            Files.writeString(work.resolve("web-0.vmdk"), "half");
        }

        try (PackageFolder folder = PackageFolder.of(descriptor)) {
            assertThat(folder.draft("web-0.vmdk")).doesNotExist();
        }
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void what_cannot_be_removed_keeps_its_lock_and_is_cleared_by_the_next() throws Exception {
        Path stuck = work.resolve("web-0.vmdk");
        try (PackageFolder folder = PackageFolder.of(descriptor)) {
            assertThat(folder.draft("web-0.vmdk")).isEqualTo(stuck);
            Files.createDirectories(stuck.resolve("full"));
        }
        assertThat(names(work)).containsExactly(".lock", "web-0.vmdk");
        Files.delete(stuck.resolve("full"));

        PackageFolder.of(descriptor).close();
        assertThat(names(directory)).isEmpty();
    }

    @Test
    void one_export_has_it_at_a_time_and_a_second_try_takes_nothing_from_it() throws Exception {
        try (PackageFolder folder = PackageFolder.of(descriptor)) {
            Files.writeString(folder.draft("web-0.vmdk"), "half");
            for (int i = 0; i < 2; i++) {
                requireRefused(Failure.OPERATION_PENDING, "web.ovf");
                assertThat(saidByAnotherProcess()).startsWith("OPERATION_PENDING");
            }
            assertThat(folder.published(List.of("web-0.vmdk"))).containsExactly(directory.resolve("web-0.vmdk"));
        }
        assertThat(names(directory)).containsExactly("web-0.vmdk");
        assertThat(saidByAnotherProcess()).isEqualTo("free");
    }

    @Test
    void who_gives_it_up_twice_takes_nothing_from_who_came_in_between() throws Exception {
        PackageFolder first = PackageFolder.of(descriptor);
        first.close();
        try (PackageFolder second = PackageFolder.of(descriptor)) {
            Files.writeString(second.draft("web-0.vmdk"), "half");
            first.close();

            requireRefused(Failure.OPERATION_PENDING, "web.ovf");
            assertThat(saidByAnotherProcess()).startsWith("OPERATION_PENDING");
            assertThat(second.published(List.of("web-0.vmdk"))).containsExactly(directory.resolve("web-0.vmdk"));
        }
        assertThat(saidByAnotherProcess()).isEqualTo("free");
    }

    @Test
    void who_is_refused_has_given_it_up() throws Exception {
        Path taken = Files.writeString(directory.resolve("web.mf"), "mine");
        requireRefused(Failure.EXISTS_DIFFERENTLY, "web.mf");
        assertThat(saidByAnotherProcess()).startsWith("EXISTS_DIFFERENTLY");
        Files.delete(taken);
        assertThat(saidByAnotherProcess()).isEqualTo("free");

        PackageFolder.of(descriptor).close();
        assertThat(names(directory)).isEmpty();
    }

    private String saidByAnotherProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Stream.of(Another.class, PackageFolder.class, DriverException.class)
                                .map(PackageFolderTest::place)
                                .collect(joining(File.pathSeparator)),
                        Another.class.getName(),
                        descriptor.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            String all = String.join("\n", said.lines().toList());
            assertThat(process.waitFor()).as(all).isZero();
            return all;
        }
    }

    private static String place(Class<?> loaded) {
        return Path.of(URI.create(loaded.getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
    }

    /** A process that has a folder and lets it go, and says whether it could. */
    static final class Another {

        private Another() {}

        /** Has it. */
        public static void main(String[] arguments) {
            try (PackageFolder folder = PackageFolder.of(Path.of(arguments[0]))) {
                System.out.println(folder.descriptor().isEmpty() ? "nameless" : "free");
            } catch (DriverException e) {
                System.out.println(e.failure());
            }
        }
    }
}
