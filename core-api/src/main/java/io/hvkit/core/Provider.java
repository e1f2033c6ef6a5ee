package io.hvkit.core;

import java.net.URI;
import java.nio.file.Path;
import java.security.CodeSource;

/**
 * Who brought something into the process: a class and the place it was loaded from. Made by registries themselves, so that a
 * message names the plug-in that is to blame, and not the one it says it is.
 *
 * @param className the full name of the class
 * @param location the jar or folder the class came from, or the module if it came from none
 */
public record Provider(String className, String location) {

    /** Returns the provider that {@code type} is. */
    public static Provider of(Class<?> type) {
        return new Provider(type.getName(), locationOf(type));
    }

    private static String locationOf(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            Module module = type.getModule();
            return module.isNamed() ? "module " + module.getName() : "an unknown place";
        }
        String text = source.getLocation().toString();
        return text.startsWith("file:") ? Path.of(URI.create(text)).toString() : text;
    }

    /** Returns the class and the place, for messages. */
    @Override
    public String toString() {
        return className + " (" + location + ")";
    }
}
