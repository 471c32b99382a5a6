// Two identities, so that what delivers events can do nothing else.
param location string
param tags object
param suffix string

@description('Whether there is a mail service whose events are delivered.')
param deliversEvents bool

@description('Who the app is: to storage, mail and monitoring, and as federated credential of both app registrations.')
resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-sspr-app-${suffix}'
  location: location
  tags: tags
}

@description('Who puts delivery reports into the queue.')
resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (deliversEvents) {
  name: 'id-sspr-events-${suffix}'
  location: location
  tags: tags
}

output appId string = app.id
output appClientId string = app.properties.clientId
output appPrincipalId string = app.properties.principalId
output eventsId string = deliversEvents ? events.id : ''
output eventsPrincipalId string = deliversEvents ? events!.properties.principalId : ''
