package io.hvkit.testkit.guest;

import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives tests the {@link Guest}, prepared once for all classes of a run. Register it in a static or an instance field. A guest
 * that cannot be made fails the tests; nothing is skipped.
 */
public final class GuestExtension implements BeforeAllCallback, BeforeEachCallback {

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(GuestExtension.class);

    private Optional<Guest> guest = Optional.empty();

    private GuestExtension() {}

    /** Returns an extension that shares the guest of the cache, see {@link Guest#prepared()}. */
    public static GuestExtension shared() {
        return new GuestExtension();
    }

    /**
     * Returns the guest.
     *
     * @throws IllegalStateException outside tests
     */
    public Guest guest() {
        return guest.orElseThrow(() -> new IllegalStateException("the guest is there inside tests alone"));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws InterruptedException {
        prepare(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws InterruptedException {
        prepare(context);
    }

    private void prepare(ExtensionContext context) throws InterruptedException {
        ExtensionContext.Store store = context.getRoot().getStore(NAMESPACE);
        Guest prepared = store.get(Guest.class, Guest.class);
        if (prepared == null) {
            prepared = Guest.prepared(); // two classes at once prepare it once: the cache is locked
            store.put(Guest.class, prepared);
        }
        guest = Optional.of(prepared);
    }
}
