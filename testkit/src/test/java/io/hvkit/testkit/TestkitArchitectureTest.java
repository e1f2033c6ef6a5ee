package io.hvkit.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.hvkit.testkit", importOptions = ImportOption.DoNotIncludeTests.class)
class TestkitArchitectureTest {

    @ArchTest
    static final ArchRule testkitKnowsNoDriver = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "com.sun.net.httpserver..", // the JDK's own: module jdk.httpserver
                    "io.hvkit.catalog.spi..",
                    "io.hvkit.core..",
                    "io.hvkit.hypervisor.spi..",
                    "io.hvkit.storage.spi..",
                    "io.hvkit.testkit..",
                    "org.assertj.core.api..",
                    "org.jspecify..",
                    "org.junit.jupiter.api..",
                    "org.junit.platform..", // which tests of a class run
                    "org.slf4j..");

    @ArchTest
    static final ArchRule publicMethodsTakeNoBooleans = noMethods()
            .that()
            .arePublic()
            .should()
            .haveRawParameterTypes(DescribedPredicate.describe(
                    "with a boolean", types -> types.stream().anyMatch(type -> type.isEquivalentTo(boolean.class))))
            .because("a boolean argument says nothing where it is passed; use an enum or another method");
}
