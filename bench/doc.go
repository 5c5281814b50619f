// Package bench measures the SDK beside what people would use in its place. It
// is a module of its own, so that those libraries are in nobody's go.mod.
//
// Benchmarks tell what something costs on this machine. The goals are tests,
// and they are ratios: what is compared runs in one process, in rounds, in a
// random order within each, and is measured in CPU time of the process. So
// they hold on a busy machine too.
package bench
