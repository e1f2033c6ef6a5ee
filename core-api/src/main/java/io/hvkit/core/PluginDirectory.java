package io.hvkit.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Plug-ins that are kept apart: each sub-directory is one, and its jars have a class loader of their own. A plug-in sees the JDK,
 * the SPIs and SLF4J's API of the host, and otherwise what lies in its own folder. So two plug-ins may bring two versions of one
 * library, and none meets the libraries of the host.
 *
 * <p>A plug-in names its drivers in {@code META-INF/services}; its module descriptor is not read. Names that begin with a dot are
 * passed over, so a plug-in can be unpacked under such a name and then be renamed. Any number of threads may use this.
 */
public final class PluginDirectory implements AutoCloseable {

    private final List<PluginLoader> loaders;
    private final List<DisabledPlugin> disabled;

    private PluginDirectory(List<PluginLoader> loaders, List<DisabledPlugin> disabled) {
        this.loaders = List.copyOf(loaders);
        this.disabled = List.copyOf(disabled);
    }

    /**
     * Looks at every plug-in and runs the code of none. One that cannot be read is {@link #disabled}, and costs no other.
     *
     * @param directory what holds a folder for each plug-in
     * @param host the class loader that sees the SPIs, usually that of the embedder's own classes
     * @throws DriverException with {@code NOT_FOUND} if there is no such directory, {@code INVALID_REQUEST} if it is something
     *     else, {@code HOST_NOT_READY} if it cannot be read
     */
    public static PluginDirectory open(Path directory, ClassLoader host) {
        List<PluginLoader> loaders = new ArrayList<>();
        List<DisabledPlugin> disabled = new ArrayList<>();
        for (Path entry : entries(directory)) {
            try {
                load(entry, host).ifPresent(loaders::add);
            } catch (IOException | UncheckedIOException e) {
                disabled.add(new DisabledPlugin(entry.toString(), reason(e), Optional.of(e)));
            }
        }
        return new PluginDirectory(loaders, disabled);
    }

    /** Returns the class loader of each plug-in that could be read, by the names of their folders. */
    public List<ClassLoader> loaders() {
        return List.copyOf(loaders);
    }

    /** Returns the plug-ins that could not be read, by the names of their folders. */
    public List<DisabledPlugin> disabled() {
        return disabled;
    }

    /**
     * Closes the jars. Close what the drivers opened first: classes that were not needed before cannot be loaded afterwards.
     * Closing twice does nothing.
     *
     * @throws DriverException with {@code HOST_NOT_READY} and effect {@code APPLIED} if a jar complains; the others are closed
     */
    @Override
    public void close() {
        DriverException failed = null;
        for (PluginLoader loader : loaders) {
            try {
                loader.close();
            } catch (IOException e) {
                if (failed == null) {
                    failed = DriverException.because(Failure.HOST_NOT_READY)
                            .effect(Effect.APPLIED)
                            .causedBy(e)
                            .message("plug-in %s was not closed properly: %s", loader.getName(), e);
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    private static List<Path> entries(Path directory) {
        if (!Files.exists(directory)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no plug-in directory %s", directory);
        }
        if (!Files.isDirectory(directory)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is no directory; plug-ins lie in folders of a directory", directory);
        }
        try {
            return visible(directory);
        } catch (IOException | UncheckedIOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("plug-in directory %s cannot be read: %s", directory, reason(e));
        }
    }

    private static Optional<PluginLoader> load(Path entry, ClassLoader host) throws IOException {
        if (!Files.isDirectory(entry)) {
            if (isJar(entry)) {
                throw new IOException("a plug-in is a folder; put the jar into one");
            }
            return Optional.empty();
        }
        List<Path> jars = visible(entry).stream().filter(PluginDirectory::isJar).toList();
        if (jars.isEmpty()) {
            throw new IOException("there is no jar in the folder");
        }
        for (Path jar : jars) {
            requireWhole(jar);
        }
        return Optional.of(new PluginLoader(entry, jars, host));
    }

    /** A class loader would pass over a broken jar without a word. */
    private static void requireWhole(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            if (file.stream().findAny().isEmpty()) {
                throw new IOException("nothing is in it");
            }
        } catch (IOException | SecurityException e) {
            throw new IOException("jar " + jar.getFileName() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Path> visible(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> !nameOf(entry).startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isJar(Path path) {
        return nameOf(path).endsWith(".jar");
    }

    private static String nameOf(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static String reason(Exception e) {
        return String.valueOf(e.getMessage());
    }
}
