package io.hvkit.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PluginDirectoryTest {

    private static final ClassLoader HOST = PluginDirectoryTest.class.getClassLoader();

    private static final ToolProvider JAVAC = ToolProvider.findFirst("javac").orElseThrow();

    @TempDir
    private Path scratch;

    private Path plugins;

    @BeforeEach
    void makeDirectory() throws IOException {
        plugins = Files.createDirectory(scratch.resolve("plug-ins"));
    }

    @Test
    void two_plug_ins_bring_two_versions_of_one_library() throws Exception {
        library("one", "1.0");
        library("two", "2.0");

        try (PluginDirectory directory = open()) {
            assertThat(directory.disabled()).isEmpty();
            assertThat(directory.loaders()).extracting(ClassLoader::getName).containsExactly("one", "two");
            assertThat(ask(directory.loaders().get(0), "lib.Library")).isEqualTo("1.0");
            assertThat(ask(directory.loaders().get(1), "lib.Library")).isEqualTo("2.0");
        }
    }

    @Test
    void a_plug_in_gets_the_spi_from_the_host_and_none_of_its_other_classes() throws Exception {
        jar("own", "own.jar", classes(Map.of("io.hvkit.core.ByteSize", "package io.hvkit.core; class ByteSize {}")));

        try (PluginDirectory directory = open()) {
            ClassLoader loader = directory.loaders().get(0);
            assertThat(loader.loadClass("io.hvkit.core.ByteSize")).isSameAs(ByteSize.class);
            assertThat(loader.loadClass("java.sql.Driver")).isSameAs(Class.forName("java.sql.Driver"));
            assertThatExceptionOfType(ClassNotFoundException.class)
                    .isThrownBy(() -> loader.loadClass("org.assertj.core.api.Assertions"));
            assertThat(loader.getResource("org/assertj/core/api/Assertions.class"))
                    .isNull();
        }
    }

    @Test
    void a_plug_in_that_cannot_be_read_is_named_with_the_reason_and_costs_no_other() throws Exception {
        library("good", "1.0");
        Files.write(Files.createDirectory(plugins.resolve("cut")).resolve("cut.jar"), new byte[] {'P', 'K', 3, 4, 0});
        Files.write(Files.createDirectory(plugins.resolve("blank")).resolve("blank.jar"), new byte[0]);
        Files.createDirectory(plugins.resolve("nothing"));
        Files.copy(plugins.resolve("good").resolve("lib.jar"), plugins.resolve("stray.jar"));

        try (PluginDirectory directory = open()) {
            assertThat(directory.loaders()).extracting(ClassLoader::getName).containsExactly("good");
            assertThat(directory.disabled())
                    .extracting(DisabledPlugin::toString)
                    .satisfiesExactly(
                            blank -> assertThat(blank)
                                    .startsWith(plugins.resolve("blank") + ": jar blank.jar cannot be"),
                            cut -> assertThat(cut)
                                    .startsWith(plugins.resolve("cut") + ": jar cut.jar cannot be read: "),
                            nothing -> assertThat(nothing)
                                    .isEqualTo(plugins.resolve("nothing") + ": there is no jar in the folder"),
                            stray -> assertThat(stray)
                                    .isEqualTo(plugins.resolve("stray.jar")
                                            + ": a plug-in is a folder; put the jar into one"));
        }
    }

    @Test
    void what_begins_with_a_dot_or_is_no_jar_is_passed_over() throws Exception {
        library(".unpacking", "1.0");
        Files.writeString(plugins.resolve("README"), "how to install plug-ins");

        try (PluginDirectory directory = open()) {
            assertThat(directory.loaders()).isEmpty();
            assertThat(directory.disabled()).isEmpty();
        }
    }

    @Test
    void a_closed_plug_in_keeps_what_is_loaded_and_loads_no_more() throws Exception {
        library("one", "1.0");
        PluginDirectory directory = open();
        ClassLoader loader = directory.loaders().get(0);
        String before = ask(loader, "lib.Library");
        directory.close();
        directory.close();

        assertThat(before).isEqualTo(ask(loader, "lib.Library"));
        assertThatExceptionOfType(ClassNotFoundException.class).isThrownBy(() -> loader.loadClass("lib.Unused"));
    }

    @Test
    void a_directory_that_is_none_is_refused() throws IOException {
        Path file = Files.createFile(scratch.resolve("file"));

        refused(Failure.NOT_FOUND, scratch.resolve("missing"));
        refused(Failure.INVALID_REQUEST, file);
    }

    private static void refused(Failure failure, Path directory) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> PluginDirectory.open(directory, HOST))
                .withMessageContaining(directory.toString())
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    }

    private PluginDirectory open() {
        return PluginDirectory.open(plugins, HOST);
    }

    private static String ask(ClassLoader loader, String name) throws ReflectiveOperationException {
        Object made = loader.loadClass(name).getConstructor().newInstance();
        return String.valueOf(((Supplier<?>) made).get());
    }

    private void library(String plugin, String version) throws IOException {
        String source = "package lib; public class Library implements java.util.function.Supplier<String> {"
                + " public String get() { return \"" + version + "\"; } }";
        jar(plugin, "lib.jar", classes(Map.of("lib.Library", source, "lib.Unused", "package lib; class Unused {}")));
    }

    private Path classes(Map<String, String> sources) throws IOException {
        Path folder = Files.createTempDirectory(scratch, "classes");
        for (Map.Entry<String, String> source : sources.entrySet()) {
            String name = source.getKey();
            Path file = folder.resolve(name.substring(name.lastIndexOf('.') + 1) + ".java");
            Files.writeString(file, source.getValue());
            assertThat(JAVAC.run(System.out, System.err, "-d", folder.toString(), file.toString()))
                    .isZero();
        }
        return folder;
    }

    private void jar(String plugin, String name, Path classes) throws IOException {
        Path folder = Files.createDirectories(plugins.resolve(plugin));
        try (OutputStream out = Files.newOutputStream(folder.resolve(name));
                ZipOutputStream zip = new ZipOutputStream(out);
                var files = Files.walk(classes)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                zip.write(Files.readAllBytes(file));
                zip.closeEntry();
            }
        }
    }
}
