package io.hvkit.core;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;

/** Loads one plug-in: what it shares with the host from the host, all else from the JDK and its own jars. */
final class PluginLoader extends URLClassLoader {

    /** Never the plug-in's own: the host could not use what it makes of them. */
    private static final List<String> SPI =
            List.of("io.hvkit.core.", "io.hvkit.hypervisor.spi.", "io.hvkit.storage.spi.");

    /** The host's if it has them, so that a plug-in logs where the host does. */
    private static final List<String> SHARED = List.of("org.slf4j.", "org.jspecify.annotations.");

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader host;

    PluginLoader(Path folder, List<Path> jars, ClassLoader host) throws IOException {
        super(String.valueOf(folder.getFileName()), urls(jars), ClassLoader.getPlatformClassLoader());
        this.host = host;
    }

    private static URL[] urls(List<Path> jars) throws MalformedURLException {
        URL[] urls = new URL[jars.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = jars.get(i).toUri().toURL();
        }
        return urls;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (SPI.stream().anyMatch(name::startsWith)) {
            return host.loadClass(name);
        }
        if (SHARED.stream().anyMatch(name::startsWith)) {
            try {
                return host.loadClass(name);
            } catch (ClassNotFoundException e) {
                return super.loadClass(name, resolve);
            }
        }
        return super.loadClass(name, resolve);
    }
}
