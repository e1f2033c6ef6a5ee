package io.hvkit.storage.spi;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/** Sees the classes of this test, and as drivers those that it is told. */
final class ServicesLoader extends ClassLoader {

    private final URL services;

    ServicesLoader(List<String> drivers) throws IOException {
        super("services", ServicesLoader.class.getClassLoader());
        Path file = Files.createTempFile("services", "");
        file.toFile().deleteOnExit();
        services = url(Files.write(file, drivers).toUri());
    }

    private static URL url(URI uri) throws MalformedURLException {
        return uri.toURL();
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        return name.equals("META-INF/services/" + StorageDriver.class.getName())
                ? Collections.enumeration(List.of(services))
                : super.getResources(name);
    }
}
