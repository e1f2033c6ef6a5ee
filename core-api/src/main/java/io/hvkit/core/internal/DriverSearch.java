package io.hvkit.core.internal;

import io.hvkit.core.DisabledPlugin;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;

/**
 * What a class loader has in the way of drivers.
 *
 * @param found the classes of drivers, none made yet
 * @param failures entries that lead to no driver
 */
record DriverSearch<D>(List<Candidate<D>> found, List<DisabledPlugin> failures) {

    /** A driver that can be tried. */
    record Candidate<D>(ServiceLoader.Provider<D> provider) {

        Class<?> type() {
            return provider.type();
        }

        /** Makes it; what its constructor throws is thrown as it is, where Java lets it. */
        D make() {
            try {
                return provider.get();
            } catch (ServiceConfigurationError e) {
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                if (cause instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                if (cause instanceof LinkageError broken) {
                    throw broken;
                }
                throw new IllegalStateException(cause.toString(), cause);
            }
        }
    }

    /** Looks at every entry: one that leads nowhere does not end the search. */
    static <D> DriverSearch<D> in(ClassLoader loader, ServiceLoader<D> services) {
        List<Candidate<D>> found = new ArrayList<>();
        List<DisabledPlugin> failures = new ArrayList<>();
        Spliterator<ServiceLoader.Provider<D>> entries = services.stream().spliterator();
        String last = "";
        while (true) {
            try {
                if (!entries.tryAdvance(provider -> found.add(new Candidate<>(provider)))) {
                    return new DriverSearch<>(List.copyOf(found), List.copyOf(failures));
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                String reason = String.valueOf(e instanceof ServiceConfigurationError ? e.getMessage() : e);
                if (reason.equals(last)) { // it does not get past this one
                    return new DriverSearch<>(List.copyOf(found), List.copyOf(failures));
                }
                failures.add(new DisabledPlugin(nameOf(loader), reason, Optional.of(e)));
                last = reason;
            }
        }
    }

    private static String nameOf(ClassLoader loader) {
        return Objects.requireNonNullElse(loader.getName(), loader.toString());
    }
}
