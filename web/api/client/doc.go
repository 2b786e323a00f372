// Package client calls the officers' desk by its interface for programs, whose description (/api/openapi.json) it is generated from.
// Nothing in the product uses it: its tests show that the description and the interface agree.
package client
