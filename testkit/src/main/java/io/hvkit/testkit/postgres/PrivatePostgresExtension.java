package io.hvkit.testkit.postgres;

import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test class a {@link PrivatePostgres}, started before its first test and ended after its last. Register it in a static field. A
 * server that cannot start fails the class; nothing is skipped.
 */
public final class PrivatePostgresExtension implements BeforeAllCallback, AfterAllCallback {

    private Optional<PrivatePostgres> postgres = Optional.empty();
    private Optional<Class<?>> owner = Optional.empty();

    private PrivatePostgresExtension() {}

    /** Returns an extension that gives the class, with those nested in it, one server. */
    public static PrivatePostgresExtension perClass() {
        return new PrivatePostgresExtension();
    }

    /**
     * Returns the running server.
     *
     * @throws IllegalStateException outside the class's tests
     */
    public PrivatePostgres postgres() {
        return postgres.orElseThrow(() -> new IllegalStateException(
                "no server is running: register the extension in a static field, and ask inside tests alone"));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        if (owner.isEmpty()) { // else a nested class
            owner = context.getTestClass();
            postgres = Optional.of(PrivatePostgres.start());
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (owner.equals(context.getTestClass())) {
            postgres.ifPresent(PrivatePostgres::close);
            postgres = Optional.empty();
            owner = Optional.empty();
        }
    }
}
