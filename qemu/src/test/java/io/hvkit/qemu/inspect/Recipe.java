package io.hvkit.qemu.inspect;

import java.util.ArrayList;
import java.util.List;

/**
 * What makes one image.
 *
 * @param options of {@code qemu-img create}, as it takes them after {@code -o}
 */
record Recipe(String format, List<String> options, String size) {

    static Recipe of(String format, String size, String... options) {
        return new Recipe(format, List.of(options), size);
    }

    /** Returns one of every kind that is whole by itself and open to read. */
    static List<Recipe> plain() {
        List<Recipe> recipes = new ArrayList<>(qcow2());
        recipes.addAll(others());
        return recipes;
    }

    @Override
    public String toString() {
        return format + " " + size + " " + String.join(",", options);
    }

    private static List<Recipe> qcow2() {
        List<Recipe> recipes = new ArrayList<>();
        for (String compat : List.of("0.10", "1.1")) {
            for (String cluster : List.of("512", "4k", "64k", "2M")) {
                recipes.add(Recipe.of("qcow2", "64M", "compat=" + compat, "cluster_size=" + cluster));
            }
            for (String preallocation : List.of("off", "metadata", "falloc", "full")) {
                recipes.add(Recipe.of("qcow2", "3M", "compat=" + compat, "preallocation=" + preallocation));
            }
        }
        for (String extra : List.of(
                "extended_l2=on,cluster_size=128k",
                "extended_l2=on,cluster_size=16k",
                "compression_type=zstd",
                "compression_type=zlib",
                "lazy_refcounts=on",
                "refcount_bits=1",
                "refcount_bits=64",
                "extended_l2=on,cluster_size=64k,compression_type=zstd,lazy_refcounts=on")) {
            recipes.add(Recipe.of("qcow2", "64M", extra.split(",")));
        }
        for (String size : List.of("0", "512", "1M", "1G", "1900G", "1234567936")) {
            recipes.add(Recipe.of("qcow2", size));
        }
        return recipes;
    }

    private static List<Recipe> others() {
        return List.of(
                Recipe.of("raw", "1M"),
                Recipe.of("raw", "512"),
                Recipe.of("raw", "1T"),
                Recipe.of("raw", "2M", "preallocation=full"),
                Recipe.of("qcow", "64M"),
                Recipe.of("qcow", "10G"),
                Recipe.of("qed", "64M"),
                Recipe.of("qed", "64M", "cluster_size=1M", "table_size=4"),
                Recipe.of("vdi", "64M"),
                Recipe.of("vdi", "65M"),
                Recipe.of("vdi", "1234567936"),
                Recipe.of("vdi", "4M", "static=on"),
                Recipe.of("vpc", "64M"),
                Recipe.of("vpc", "64M", "force_size=on"),
                Recipe.of("vpc", "200G"),
                Recipe.of("vpc", "4M", "subformat=fixed"),
                Recipe.of("vpc", "4M", "subformat=fixed", "force_size=on"),
                Recipe.of("vhdx", "64M"),
                Recipe.of("vhdx", "64M", "subformat=fixed"),
                Recipe.of("vhdx", "64M", "block_size=1M"),
                Recipe.of("vhdx", "64M", "block_size=256M"),
                Recipe.of("vhdx", "200G", "log_size=4M", "block_state_zero=off"),
                Recipe.of("vmdk", "64M"),
                Recipe.of("vmdk", "64M", "subformat=monolithicSparse"),
                Recipe.of("vmdk", "64M", "subformat=streamOptimized"),
                Recipe.of("vmdk", "300G", "subformat=streamOptimized"),
                Recipe.of("vmdk", "64M", "adapter_type=lsilogic", "hwversion=6"),
                Recipe.of("vmdk", "64M", "compat6=on"));
    }
}
