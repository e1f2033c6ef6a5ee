package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Provider;
import io.hvkit.core.SpiVersion;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A driver as callers get it: looked over once, and asked for nothing that it does not offer. Made only of a driver that answers
 * as the SPI asks.
 */
final class GuardedDriver implements HypervisorDriver {

    private final HypervisorDriver driver;
    private final PluginBoundary boundary;
    private final SpiVersion builtAgainst;
    private final Set<HypervisorType> types;
    private final Set<Option<?>> options;

    private GuardedDriver(
            HypervisorDriver driver,
            PluginBoundary boundary,
            SpiVersion builtAgainst,
            Set<HypervisorType> types,
            Set<Option<?>> options) {
        this.driver = driver;
        this.boundary = boundary;
        this.builtAgainst = builtAgainst;
        this.types = types;
        this.options = options;
    }

    /**
     * Looks a driver over. Its version is asked for first: one that was built against another SPI may fail in all else.
     *
     * @throws DriverException if it breaks a rule of the SPI, with the reason as its message
     */
    static GuardedDriver of(HypervisorDriver driver, PluginBoundary boundary) {
        SpiVersion version = boundary.ask("builtAgainst", driver::builtAgainst);
        if (!SpiVersion.ofHost().runs(version)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("%s", SpiVersion.ofHost().refusalOf(version));
        }
        Set<HypervisorType> types = boundary.ask("types", () -> copyOf(driver.types()));
        if (types.isEmpty()) {
            throw DriverException.because(Failure.DEFECT).message("it brings no hypervisor type");
        }
        Set<Option<?>> options = boundary.ask("options", () -> copyOf(driver.options()));
        requireDistinct(options);
        return new GuardedDriver(driver, boundary, version, types, options);
    }

    private static <T> @Nullable Set<T> copyOf(@Nullable Set<T> given) {
        return given == null ? null : Set.copyOf(given);
    }

    private static void requireDistinct(Set<Option<?>> options) {
        Set<String> names = new TreeSet<>();
        for (Option<?> option : options) {
            if (!names.add(option.name())) {
                throw DriverException.because(Failure.DEFECT)
                        .message("it has two options with the name %s", option.name());
            }
        }
    }

    Provider provider() {
        return boundary.provider();
    }

    @Override
    public Set<HypervisorType> types() {
        return types;
    }

    @Override
    public SpiVersion builtAgainst() {
        return builtAgainst;
    }

    @Override
    public Set<Option<?>> options() {
        return options;
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options given) throws InterruptedException {
        HypervisorType declared = types.stream()
                .filter(type::equals)
                .findAny()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s opens %s, not %s", provider(), typeIds(), type));
        given.requireOnly(options);
        Hypervisor opened = boundary.call("open", () -> driver.open(host, declared, given));
        try {
            return GuardedHypervisor.of(opened, boundary, declared);
        } catch (RuntimeException e) {
            close(opened, e);
            throw e;
        }
    }

    private void close(Hypervisor opened, RuntimeException reason) {
        try {
            boundary.ask("close", () -> {
                opened.close();
                return opened;
            });
        } catch (DriverException e) {
            reason.addSuppressed(e);
        }
    }

    private Set<String> typeIds() {
        return types.stream().map(HypervisorType::id).collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public String toString() {
        return provider().toString();
    }
}
