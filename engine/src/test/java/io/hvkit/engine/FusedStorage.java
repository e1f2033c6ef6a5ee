package io.hvkit.engine;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;

/** Storage as a process sees it that dies before or after one of its calls. */
final class FusedStorage implements StorageDriver {

    private final StorageDriver real;
    private final Fuse fuse;
    private final RelayedEndPoint.Moment before;

    FusedStorage(StorageDriver real, Fuse fuse) {
        this(real, fuse, RelayedEndPoint.calm());
    }

    /** @param before what happens before each call to a pool, whose name it gets */
    FusedStorage(StorageDriver real, Fuse fuse, RelayedEndPoint.Moment before) {
        this.real = real;
        this.fuse = fuse;
        this.before = before;
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
        return fused(StoragePool.class, real.open(id, type, options), fuse, before);
    }

    /** Has a moment before and after each call. */
    private record Handler(Object target, Fuse fuse, RelayedEndPoint.Moment before) implements InvocationHandler {

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            fuse.burn();
            before.at(method.getName());
            try {
                Object result = method.invoke(target, arguments);
                fuse.burn();
                return result instanceof Optional<?> facet ? facet.map(this::fusedFacet) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private Object fusedFacet(Object facet) {
            if (facet instanceof Growth growth) {
                return FusedStorage.fused(Growth.class, growth, fuse, before);
            }
            if (facet instanceof Templates templates) {
                return FusedStorage.fused(Templates.class, templates, fuse, before);
            }
            if (facet instanceof PoolCluster cluster) {
                return FusedStorage.fused(PoolCluster.class, cluster, fuse, before);
            }
            if (facet instanceof ChaosMigration migration) {
                return migration.seenThrough(fuse);
            }
            return facet instanceof Adoption adoption
                    ? (Adoption) (volume, from) -> adopt(adoption, volume, from)
                    : facet;
        }

        /** A driver meets its own pools as they are. */
        private Volume adopt(Adoption adoption, VolumeId volume, StoragePool from) throws InterruptedException {
            fuse.burn();
            Volume adopted = adoption.adopt(volume, unfused(from));
            fuse.burn();
            return adopted;
        }
    }

    /** Returns a pool as its driver made it. */
    static StoragePool unfused(StoragePool pool) {
        return (StoragePool) ((Handler) Proxy.getInvocationHandler(pool)).target;
    }

    private static <T> T fused(Class<T> kind, T target, Fuse fuse, RelayedEndPoint.Moment before) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, new Handler(target, fuse, before)));
    }
}
