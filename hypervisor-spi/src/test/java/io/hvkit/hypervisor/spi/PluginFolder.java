package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Provider;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes plug-ins: real jars of really compiled classes, each in a folder of its own. */
final class PluginFolder {

    private static final ToolProvider JAVAC = ToolProvider.findFirst("javac").orElseThrow();
    private static final String SERVICES = "META-INF/services/" + HypervisorDriver.class.getName();

    private final Path scratch;
    private final Path plugins;

    PluginFolder(Path scratch) throws IOException {
        this.scratch = scratch;
        this.plugins = Files.createDirectory(scratch.resolve("plug-ins"));
    }

    Path path() {
        return plugins;
    }

    /** Compiles classes against the SPI of this process. */
    Classes classes(String... sources) throws IOException {
        return new Classes("", sources);
    }

    /** Compiles classes against an SPI of another version, which differs by the constants that javac copies. */
    Classes classesAgainst(int major, int minor, String... sources) throws IOException {
        Classes other = new Classes("", """
                package io.hvkit.core;
                public record SpiVersion(int major, int minor) {
                    public static final int MAJOR = %d;
                    public static final int MINOR = %d;
                }
                """.formatted(major, minor));
        return new Classes(other.folder + File.pathSeparator, sources);
    }

    /** Some compiled classes. */
    final class Classes {

        private final Path folder;

        private Classes(String before, String... sources) throws IOException {
            folder = Files.createTempDirectory(scratch, "classes");
            String path = before
                    + Provider.of(HypervisorDriver.class).location()
                    + File.pathSeparator
                    + Provider.of(Provider.class).location();
            List<String> arguments = new ArrayList<>(List.of("-cp", path, "-d", folder.toString(), "-proc:none"));
            for (int i = 0; i < sources.length; i++) {
                Path file = Files.createDirectories(folder.resolve("src" + i)).resolve(nameOf(sources[i]) + ".java");
                Files.writeString(file, sources[i]);
                arguments.add(file.toString());
            }
            assertThat(JAVAC.run(System.out, System.err, arguments.toArray(new String[0])))
                    .isZero();
        }

        private static String nameOf(String source) {
            return source.replaceFirst("(?s).*?public (?:final )?(?:class|record) (\\w+).*", "$1");
        }

        /** Leaves a class out, as a jar does that was packed wrongly. */
        Classes without(String path) throws IOException {
            Files.delete(folder.resolve(path));
            return this;
        }

        /** Packs them as the plug-in in the folder {@code plugin}, with these lines as its entries of drivers. */
        void pack(String plugin, String... drivers) throws IOException {
            Path jar = Files.createDirectories(plugins.resolve(plugin)).resolve("plugin.jar");
            try (OutputStream out = Files.newOutputStream(jar);
                    ZipOutputStream zip = new ZipOutputStream(out);
                    Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".class")).toList()) {
                    zip.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
                    zip.write(Files.readAllBytes(file));
                    zip.closeEntry();
                }
                zip.putNextEntry(new ZipEntry(SERVICES));
                zip.write(String.join("\n", drivers).getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
    }
}
