package io.hvkit.testkit.libvirt;

import io.hvkit.testkit.internal.Trees;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test class a {@link PrivateHost}, started before its first test and ended, with its folder, after its last. Register
 * it in a static field. A host that cannot start fails the class; nothing is skipped.
 */
public final class PrivateHostExtension implements BeforeAllCallback, AfterAllCallback {

    private Optional<PrivateHost> host = Optional.empty();
    private Optional<Path> folder = Optional.empty();
    private Optional<Class<?>> owner = Optional.empty();

    private PrivateHostExtension() {}

    /** Returns an extension that gives the class, with those nested in it, one host. Use several for several hosts. */
    public static PrivateHostExtension perClass() {
        return new PrivateHostExtension();
    }

    /**
     * Returns the running host.
     *
     * @throws IllegalStateException outside the class's tests
     */
    public PrivateHost host() {
        return host.orElseThrow(() -> new IllegalStateException(
                "no private host is running: register the extension in a static field, and ask inside tests alone"));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        if (owner.isPresent()) {
            return; // a nested class
        }
        owner = context.getTestClass();
        Path made = Files.createTempDirectory("hvkit-host-");
        folder = Optional.of(made);
        host = Optional.of(PrivateHost.start(made));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (!owner.equals(context.getTestClass())) {
            return;
        }
        owner = Optional.empty();
        host.ifPresent(PrivateHost::close);
        host = Optional.empty();
        if (folder.isPresent()) {
            Trees.delete(folder.get());
            folder = Optional.empty();
        }
    }
}
