package io.hvkit.engine;

import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.SpiVersion;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.hypervisor.spi.BackupJob;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Hosts as a process sees them that dies before or after one of its calls. */
final class FusedHosts implements HypervisorDriver {

    private static final List<Class<?>> LASTING = List.of(
            LiveDiskMigration.class,
            HotPlug.class,
            BlockJob.class,
            ChangeTracking.class,
            DiskBackups.class,
            BackupJob.class);

    private final HypervisorDriver real;
    private final Fuse fuse;

    FusedHosts(HypervisorDriver real, Fuse fuse) {
        this.real = real;
        this.fuse = fuse;
    }

    @Override
    public Set<HypervisorType> types() {
        return real.types();
    }

    @Override
    public SpiVersion builtAgainst() {
        return real.builtAgainst();
    }

    @Override
    public Set<Option<?>> options() {
        return real.options();
    }

    @Override
    public Hypervisor open(HostId host, HypervisorType type, Options options) throws InterruptedException {
        return Hypervisor.class.cast(fused(Hypervisor.class, real.open(host, type, options)));
    }

    /** Returns the same with a moment before and after each call, those of what it returns included. */
    private Object fused(Class<?> kind, Object target) {
        return Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
            fuse.burn();
            try {
                Object result = method.invoke(target, arguments);
                fuse.burn();
                return result instanceof Optional<?> some ? some.map(this::fusedIfLasting) : fusedIfLasting(result);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private Object fusedIfLasting(Object result) {
        for (Class<?> kind : LASTING) {
            if (kind.isInstance(result)) {
                return fused(kind, result);
            }
        }
        return result;
    }
}
