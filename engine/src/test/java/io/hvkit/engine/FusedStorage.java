package io.hvkit.engine;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;

/** Storage as a process sees it that dies before or after one of its calls. */
final class FusedStorage implements StorageDriver {

    private final StorageDriver real;
    private final Fuse fuse;

    FusedStorage(StorageDriver real, Fuse fuse) {
        this.real = real;
        this.fuse = fuse;
    }

    @Override
    public Set<StoragePoolType> types() {
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
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        return fused(StoragePool.class, real.open(id, type, options));
    }

    /** Returns the same with a moment before and after each call. */
    private <T> T fused(Class<T> kind, T target) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    fuse.burn();
                    try {
                        Object result = method.invoke(target, arguments);
                        fuse.burn();
                        return switch (method.getName()) {
                            case "growth" -> ((Optional<?>) result).map(growth -> fused(Growth.class, (Growth) growth));
                            case "templates" ->
                                ((Optional<?>) result).map(templates -> fused(Templates.class, (Templates) templates));
                            default -> result;
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
